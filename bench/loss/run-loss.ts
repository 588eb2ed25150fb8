import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RtpSource, SeededRandom, makeSpeech, repeated, trouble } from '#testkit';
import type { Delivery, NetworkTrouble, TroubleLedger } from '#testkit';
import { writeFfmpegStream } from './ffmpeg-sound.ts';
import { writeOurStream } from './our-sound.ts';
import { score } from './score.ts';
import type { Score } from './score.ts';
import { decodeSound, speechForComparison } from './sound-files.ts';

const TEXT =
  'The quick brown fox jumps over the lazy dog. A rod is used to catch pink salmon. ' +
  'The source of the huge river is the clear spring. Help the woman get back to her feet. ' +
  'The soft cushion broke the fall of the man. It is easy to tell the depth of a well.';
const SEEDS = [1, 2, 3];
const DEFAULT_LOSS_PCT = 5;
const BURST_PACKETS = 3;
const PROFILES = ['random', 'bursts'] as const;
const CONTENDERS = ['ours', 'unconcealed', 'ffmpeg'] as const;

type Profile = (typeof PROFILES)[number];
type Contender = (typeof CONTENDERS)[number];
type Scores = Record<Contender, Score>;

/**
 * Speech through lost packets, as it is heard of the stream: by our path, by our path with silence in place of the lost
 * packets, and by one ffmpeg that reads the same RTP. All are judged on their decoded AAC.
 */
export async function runLoss(args: readonly string[]): Promise<void> {
  const plain = args.filter((arg) => !arg.startsWith('--'));
  const lossPct = plain[0] === undefined ? DEFAULT_LOSS_PCT : Number(plain[0]);
  if (!(lossPct >= 0 && lossPct <= 50)) {
    throw new Error('usage: npm run bench -- loss [PERCENT, 0 to 50] [--json]');
  }
  const folder = mkdtempSync(join(tmpdir(), 'callcast-loss-'));
  try {
    const rig = await prepare(folder);
    const clean = await contend(rig, 'clean', { random: new SeededRandom(0) });
    const random = await average(rig, 'random', lossPct);
    const bursts = await average(rig, 'bursts', lossPct);
    print({ clean, random, bursts });
    const figures = { bench: 'loss', lossPct, seeds: SEEDS, ...random, bursts, clean };
    if (args.includes('--json')) console.log(JSON.stringify(figures));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Rig {
  readonly folder: string;
  readonly sent: readonly Delivery[];
  /** What was said, at the rate of the comparison. */
  readonly said: Int16Array;
}

async function prepare(folder: string): Promise<Rig> {
  const speech = await makeSpeech(TEXT);
  const source = new RtpSource({ signal: repeated(speech) });
  const sent = source.take((speech.length * 1000) / 8000);
  return { folder, sent, said: await speechForComparison(speech, join(folder, 'said.raw')) };
}

/** All seeds at the same time: ffmpeg takes as long as the speech. */
async function average(rig: Rig, profile: Profile, lossPct: number): Promise<Scores> {
  const all = await Promise.all(
    SEEDS.map((seed) => contend(rig, `${profile}-${seed}`, networkOf(profile, lossPct, seed))),
  );
  const mean = (contender: Contender, figure: keyof Score): number =>
    Number((all.reduce((sum, one) => sum + one[contender][figure], 0) / all.length).toFixed(2));
  const scoreOf = (contender: Contender): Score => ({
    segSnrDb: mean(contender, 'segSnrDb'),
    lsdDb: mean(contender, 'lsdDb'),
    gaps: mean(contender, 'gaps'),
    stretchMs: mean(contender, 'stretchMs'),
  });
  return { ours: scoreOf('ours'), unconcealed: scoreOf('unconcealed'), ffmpeg: scoreOf('ffmpeg') };
}

function networkOf(profile: Profile, lossPct: number, seed: number): NetworkTrouble {
  const random = new SeededRandom(seed);
  const share = lossPct / 100;
  if (profile === 'random') return { random, lossShare: share };
  const beginShare = share / (1 - share) / BURST_PACKETS;
  return { random, bursts: { beginShare, meanPackets: BURST_PACKETS } };
}

async function contend(rig: Rig, name: string, network: NetworkTrouble): Promise<Scores> {
  const { deliveries, ledger } = trouble(rig.sent, network);
  const pathOf = (contender: Contender): string => join(rig.folder, `${name}-${contender}.flv`);
  await Promise.all([
    writeOurStream(deliveries, pathOf('ours')),
    writeOurStream(silenced(rig.sent, ledger), pathOf('unconcealed')),
    writeFfmpegStream(deliveries, pathOf('ffmpeg')),
  ]);
  const scoreOf = async (contender: Contender): Promise<Score> =>
    score(rig.said, await decodeSound(pathOf(contender)));
  return {
    ours: await scoreOf('ours'),
    unconcealed: await scoreOf('unconcealed'),
    ffmpeg: await scoreOf('ffmpeg'),
  };
}

const RTP_HEADER_BYTES = 12;
const PCMU_SILENCE = 0xff;

/** The lost packets come, but with silence in them. */
function silenced(sent: readonly Delivery[], { fates }: TroubleLedger): Delivery[] {
  return sent.map((delivery, index) => {
    if (fates[index]?.arrivedAtMs.length !== 0) return delivery;
    const bytes = Uint8Array.from(delivery.bytes).fill(PCMU_SILENCE, RTP_HEADER_BYTES);
    return { ...delivery, bytes };
  });
}

function print(results: Record<Profile | 'clean', Scores>): void {
  for (const profile of ['clean', ...PROFILES] as const) {
    console.log(`${profile}:`);
    for (const contender of CONTENDERS) {
      const { segSnrDb, lsdDb, gaps, stretchMs } = results[profile][contender];
      const figures = `segmental SNR ${segSnrDb} dB, spectral distance ${lsdDb} dB`;
      console.log(`  ${contender.padEnd(12)} ${figures}, ${gaps} gaps, stretch ${stretchMs} ms`);
    }
  }
}
