/**
 * What a server says it can do with media beyond the old codecs: FourCC, or `*` for all of them, to a mask:
 * 1 decodes, 2 encodes, 4 forwards. Empty for servers that know nothing of Enhanced RTMP.
 *
 * @see Enhanced RTMP v2, "Enhancing NetConnection connect Command"
 */
export interface ServerAbilities {
  readonly audioFourCcs: ReadonlyMap<string, number>;
  readonly videoFourCcs: ReadonlyMap<string, number>;
  /** A mask: 1 reconnect requests, 2 multitrack, 4 ModEx, 8 nanosecond offsets. */
  readonly capsEx: number;
}

/** FourCcInfoMask. */
const FOURCC_ABILITY = { canDecode: 1, canEncode: 2, canForward: 4 } as const;

/** CapsExMask. */
const CAPS_EX = { reconnect: 1, multitrack: 2, modEx: 4, timestampNanoOffset: 8 } as const;

const AUDIO_FOURCCS: ReadonlySet<unknown> = new Set([
  'Opus',
  'mp4a',
  'fLaC',
  'ac-3',
  'ec-3',
  '.mp3',
]);

/** More codecs than that are a server playing with our memory. */
const MAX_FOURCCS = 32;
const MAX_NAME_LENGTH = 8;

/** What we say of ourselves in `connect`: what we can send, and that we follow requests to reconnect. */
export const OUR_CAPABILITIES = {
  fourCcList: ['Opus', 'mp4a'],
  audioFourCcInfoMap: {
    Opus: FOURCC_ABILITY.canEncode,
    mp4a: FOURCC_ABILITY.canEncode,
  },
  capsEx: CAPS_EX.reconnect,
} as const;

/**
 * Reads what the server says of itself in the answer to `connect`.
 *
 * @param sources The objects of the answer: servers use the first or the second.
 */
export function readAbilities(sources: readonly unknown[]): ServerAbilities {
  const audioFourCcs = new Map<string, number>();
  const videoFourCcs = new Map<string, number>();
  let capsEx = 0;
  for (const source of sources) {
    addMap(audioFourCcs, fieldOf(source, 'audioFourCcInfoMap'));
    addMap(videoFourCcs, fieldOf(source, 'videoFourCcInfoMap'));
    addList({ audioFourCcs, videoFourCcs }, fieldOf(source, 'fourCcList'));
    const caps = fieldOf(source, 'capsEx');
    if (isMask(caps)) capsEx |= caps;
  }
  return { audioFourCcs, videoFourCcs, capsEx };
}

function fieldOf(source: unknown, name: string): unknown {
  if (source instanceof Map) return source.get(name);
  if (typeof source !== 'object' || source === null || !Object.hasOwn(source, name))
    return undefined;
  return (source as Readonly<Record<string, unknown>>)[name];
}

function addMap(known: Map<string, number>, map: unknown): void {
  const entries: Iterable<readonly [unknown, unknown]> =
    map instanceof Map
      ? (map as ReadonlyMap<unknown, unknown>)
      : typeof map === 'object' && map !== null
        ? Object.entries(map)
        : [];
  for (const [name, mask] of entries) if (isMask(mask)) add(known, name, mask);
}

/** The list of old: names without masks, of audio and video alike, of what the server can take. */
function addList(
  known: {
    readonly audioFourCcs: Map<string, number>;
    readonly videoFourCcs: Map<string, number>;
  },
  list: unknown,
): void {
  if (!Array.isArray(list)) return;
  for (const name of list.slice(0, MAX_FOURCCS)) {
    const isAudio = AUDIO_FOURCCS.has(name);
    if (isAudio || name === '*') add(known.audioFourCcs, name, FOURCC_ABILITY.canDecode);
    if (!isAudio) add(known.videoFourCcs, name, FOURCC_ABILITY.canDecode);
  }
}

function add(known: Map<string, number>, name: unknown, mask: number): void {
  if (typeof name !== 'string' || name.length > MAX_NAME_LENGTH || known.size >= MAX_FOURCCS)
    return;
  known.set(name, (known.get(name) ?? 0) | mask);
}

const isMask = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
