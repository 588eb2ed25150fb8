import { z } from 'zod';

/** One running worker process as clients see it. */
export const nodeViewSchema = z
  .object({
    id: z.string(),
    host: z.string(),
    pid: z.int(),
    version: z.string(),
    startedAt: z.iso.datetime(),
    seenAt: z.iso.datetime().describe('When it last told of itself; it does so every two seconds.'),
    activeCalls: z.int(),
    capacity: z
      .number()
      .describe('What it may hold, in cost units: a PCMU call to AAC in one channel is 1.'),
    usedCapacity: z.number().describe('What its calls cost, in the same units.'),
    load: z.object({
      latenessP99Ms: z
        .number()
        .describe('How late its 20 ms beats were in the last two seconds, 99th percentile.'),
      cpuCores: z.number().describe('Processor time used in the last two seconds; 1 is a core.'),
    }),
    admission: z.object({
      takesCalls: z.boolean(),
      reason: z
        .enum(['full', 'late', 'busy', 'draining', 'signallingLost'])
        .nullable()
        .describe(
          'Why it takes none: its capacity is used up; its beats come late; it uses too much of its core; it is being ' +
            'stopped or drained; its signalling server is gone.',
        ),
      since: z.iso.datetime().describe('Since when it is so.'),
    }),
    drain: z
      .enum(['drain', 'handOver'])
      .nullable()
      .describe(
        'What an operator has asked of it: to take no calls, or to give those that it has to others besides. It hears of it ' +
          'within two seconds.',
      ),
  })
  .meta({ id: 'Node' });

/** What `GET /v1/nodes` answers. All nodes fit in one page. */
export const nodePageSchema = z
  .object({ items: z.array(nodeViewSchema), nextCursor: z.null() })
  .meta({ id: 'NodePage' });

/** The body of `POST /v1/nodes/{id}/drain`; it may be left out. */
export const drainRequestSchema = z
  .strictObject({
    handOver: z
      .boolean()
      .default(false)
      .describe(
        'Whether the calls that it has go on elsewhere at once. Default: they stay until they end.',
      ),
  })
  .prefault({})
  .meta({ id: 'DrainRequest' });

export type DrainRequest = z.output<typeof drainRequestSchema>;
/** A node in an answer. */
export type NodeView = z.output<typeof nodeViewSchema>;
/** All nodes in an answer. */
export type NodePage = z.output<typeof nodePageSchema>;
