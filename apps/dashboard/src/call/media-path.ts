/** Deeper is no path of ours. */
const MAX_DEPTH = 8;

/**
 * The stages of a media path as the API tells them: `rtp > jitter(60ms) > aac(pcm) > fan-out(a, b)`. What stands in brackets
 * belongs to its stage, also with arrows in it.
 */
export function stagesOf(path: string): string[] {
  const stages: string[] = [];
  let [depth, from] = [0, 0];
  for (let place = 0; place < path.length; place += 1) {
    const letter = path[place];
    if (letter === '(') depth = Math.min(depth + 1, MAX_DEPTH);
    if (letter === ')') depth = Math.max(depth - 1, 0);
    if (letter !== '>' || depth > 0) continue;
    stages.push(path.slice(from, place).trim());
    from = place + 1;
  }
  stages.push(path.slice(from).trim());
  return stages.filter((stage) => stage !== '');
}

const WORDS: { readonly [stage: string]: string } = {
  rtp: 'RTP comes in',
  lock: 'One source',
  unwrap: 'Put on a time line',
  reception: 'Counted',
  noise: 'Comfort noise',
  jitter: 'Jitter buffer',
  decode: 'Decoder',
  fill: 'Gaps filled',
  resample: 'Resampler',
  level: 'Level meter',
  mute: 'Mute',
  gather: 'Gathered',
  aac: 'AAC encoder',
  opus: 'Opus passed on',
  flv: 'FLV tags',
  'fan-out': 'To all outputs',
};

/** What a stage does, in plain words; of one that is not known its name. */
export function wordsOfStage(stage: string): string {
  const name = /^[a-z-]+/.exec(stage)?.[0] ?? stage;
  return (Object.hasOwn(WORDS, name) ? WORDS[name] : undefined) ?? name;
}
