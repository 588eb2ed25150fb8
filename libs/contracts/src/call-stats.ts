import { z } from 'zod';
import type { LiveFigures } from '#domain';

const count = z.int().min(0);
const score = z.number().min(1).max(5).nullable();

const audioStatsSchema = z
  .object({
    codec: z.string().describe('As heard; before the first packet as agreed.'),
    packets: count.describe('RTP packets accepted, late and doubled ones included.'),
    bytes: count.describe('Payload bytes of them.'),
    lost: z.int().describe('Packets that did not come at all.'),
    late: count.describe('Packets that came after their turn.'),
    duplicates: count,
    reordered: count,
    overflowed: count.describe('Packets thrown away because the buffer was full.'),
    restarts: count.describe('Times the source changed or began its numbering anew.'),
    concealedMs: z.number().min(0).describe('Sound invented in place of lost packets.'),
    silenceMs: z.number().min(0).describe('Silence put out because there was nothing to play.'),
    jitterMs: z.number().min(0).describe('Interarrival jitter (RFC 3550).'),
    bufferMs: z.number().min(0).describe('Delay that the jitter buffer adds now.'),
    driftPpm: z
      .number()
      .describe("How much faster the sender's clock runs than ours, in millionths."),
    levelDbfs: z.number().describe('Loudness of the last second on air; -127 is silence.'),
    peakDbfs: z.number().describe('The loudest sample of that second.'),
    clippedShare: z.number().min(0).max(1).describe('Share of its samples at full scale.'),
    roundTripMs: z
      .number()
      .min(0)
      .nullable()
      .describe('By RTCP; null if we send nothing, or the peer does not report.'),
    mos: score.describe(
      'Mean opinion score of the last 10 s, estimated (ITU-T G.107); null while no packets come.',
    ),
    averageMos: score,
    lowestMos: score,
  })
  .meta({ id: 'AudioStats' });

const refusedStatsSchema = z
  .object({
    malformed: count.describe('No RTP, or too large for audio.'),
    unknownPayload: count.describe('Of a payload type that was not agreed.'),
    otherSource: count.describe('Of another source (SSRC) than the one that is heard.'),
    otherAddress: count.describe("From another address than the peer's."),
    srtp: count.describe('Refused by SRTP.'),
  })
  .meta({ id: 'RefusedStats' });

const outputStatsSchema = z
  .object({
    id: z.string(),
    audioCodec: z
      .enum(['aac', 'opus'])
      .nullable()
      .describe(
        'What its sound is on air, as of the last time it published; null before the first.',
      ),
    reconnects: count.describe('Connections after the first.'),
    bytes: count.describe('Given to the network.'),
    tags: count.describe('Pieces of media given to the connection.'),
    droppedTags: count.describe('Those dropped because the server was too slow.'),
    queuedBytes: count.describe('Wait for the network now.'),
    queuedMs: z.number().min(0).describe('How much media that is.'),
    isCongested: z.boolean().describe('Whether something was dropped in the last 10 s.'),
  })
  .meta({ id: 'OutputStats' });

const statsShape = {
  at: z.iso.datetime().describe('When they were taken.'),
  audio: audioStatsSchema,
  refused: refusedStatsSchema.describe(
    'Packets that came to the ports of the call and were dropped.',
  ),
  outputs: z.array(outputStatsSchema).max(64),
};

/** The figures of a call as clients see them. */
export const callStatsViewSchema = z
  .object({
    callId: z.string().describe('The id of the call.'),
    epoch: z.int().describe('Figures begin anew with every node that takes the call.'),
    node: z.string().nullable(),
    isFinal: z.boolean().describe('Whether the call has ended and these are its last ones.'),
    ...statsShape,
  })
  .meta({ id: 'CallStats' });

export type CallStatsView = z.output<typeof callStatsViewSchema>;

const callFiguresSchema = z.object({
  id: z.string().max(64),
  appKey: z.string().max(128),
  epoch: z.int().min(0),
  stats: z.object(statsShape),
});

/** What nodes tell each other once a second: a hint, over the channel `callcast:figures`. */
const figuresMessageSchema = z.object({
  node: z.string().max(64),
  calls: z.array(z.unknown()).max(10_000),
});

/** Longest message. A node with many calls sends several. */
const MAX_MESSAGE_LENGTH = 192 * 1024;
/** The figures of one call, however long, go into one message. */
const MAX_READ_LENGTH = 2 * MAX_MESSAGE_LENGTH;

/** Puts the figures of one node into as many messages as it takes. */
export function figuresMessages(figures: readonly LiveFigures[]): string[] {
  const [first] = figures;
  if (first === undefined) return [];
  const head = `{"node":${JSON.stringify(first.node)},"calls":[`;
  const messages: string[] = [];
  let message = head;
  for (const { callId, appKey, epoch, stats } of figures) {
    const entry = JSON.stringify({ id: callId, appKey, epoch, stats });
    if (message.length > head.length) {
      const isFull = message.length + entry.length > MAX_MESSAGE_LENGTH;
      if (isFull) messages.push(`${message}]}`);
      message = isFull ? head : `${message},`;
    }
    message += entry;
  }
  messages.push(`${message}]}`);
  return messages;
}

/** Reads a message; undefined for one that is none of ours. Of a call whose figures make no sense nothing is told. */
export function readFiguresMessage(text: string): LiveFigures[] | undefined {
  if (text.length > MAX_READ_LENGTH) return undefined;
  const parsed = figuresMessageSchema.safeParse(jsonOf(text));
  if (!parsed.success) return undefined;
  const { node, calls } = parsed.data;
  const figures: unknown[] = calls.flatMap((call) => {
    const { data } = callFiguresSchema.safeParse(call);
    if (data === undefined) return [];
    const { id: callId, appKey, epoch, stats } = data;
    return [{ callId, appKey, epoch, node, stats }];
  });
  // Ids are only compared with ids of ours.
  return figures as LiveFigures[];
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
