import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { LIVE_CALL_STATES } from '#domain';
import type { NodeId } from '#domain';
import type { LatenessFigures } from '#media';
import type { CallRoster } from '../calls/call-roster.ts';

/** Where the figures of a node come from; asked when somebody wants them. */
export interface NodeFigures {
  readonly node: NodeId;
  readonly roster: Pick<CallRoster, 'sessions'>;
  /** How late the beats of the media were since the last call. */
  readonly takeLateness: () => LatenessFigures;
  /** Beats that were never made up for, since the start. */
  readonly forgivenBeats: () => number;
  /** AAC encoders that failed and were replaced, since the start. */
  readonly encoderRestarts: () => number;
}

/** Adds the figures of the node itself: its calls, and how well it keeps time. */
export function addNodeMetrics(registry: Registry, figures: NodeFigures): void {
  const registers = [registry];
  new Gauge({
    name: 'callcast_node_info',
    help: 'Always 1; the label is the name of the node in calls and logs.',
    labelNames: ['node'],
    registers,
  }).set({ node: figures.node }, 1);
  new Gauge({
    name: 'callcast_node_calls',
    help: 'Calls of this node by state.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of LIVE_CALL_STATES) this.set({ state }, 0);
      for (const { state } of figures.roster.sessions) this.inc({ state });
    },
  });
  new Gauge({
    name: 'callcast_metronome_lateness_seconds',
    help: 'How late the beats of the media were since the last look: the load of this node.',
    labelNames: ['quantile'],
    registers,
    collect() {
      const { p50Ms, p99Ms, maxMs } = figures.takeLateness();
      for (const [quantile, ms] of [
        ['0.5', p50Ms],
        ['0.99', p99Ms],
        ['1', maxMs],
      ] as const) {
        this.set({ quantile }, ms / 1000);
      }
    },
  });
  addTotal('callcast_metronome_forgiven_beats_total', {
    help: 'Beats of 20 ms that were never made up for: their sound was never put out.',
    read: figures.forgivenBeats,
  });
  addTotal('callcast_aac_encoder_restarts_total', {
    help: 'AAC encoders that failed and were replaced; the frames that each of them lost are silent.',
    read: figures.encoderRestarts,
  });

  function addTotal(name: string, { help, read }: { help: string; read: () => number }): void {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }
}
