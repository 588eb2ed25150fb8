import { chmodSync, mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { silentLogger } from '#foundation';
import { readConfig } from '../../apps/cli/src/config.ts';
import { RestClient } from '../../apps/cli/src/demo/rest-client.ts';
import { AllInOne } from '../../apps/cli/src/start/all-in-one.ts';
import { ProcessLogs } from '../../apps/cli/src/start/process-logs.ts';
import type { Contender, MediaTarget, StreamSettings } from './contender.ts';
import { idleCostOf } from './process-cost.ts';
import type { IdleCost } from './process-cost.ts';
import { SipCallee } from './sip-callee.ts';

interface WorkerOptions extends StreamSettings {
  /** The RTMP address without the stream key. */
  readonly rtmpBase: string;
  readonly folder: string;
  /** The port that the packets of all calls come from. */
  readonly sourcePort: number;
  /** Worker processes. Default: one. */
  readonly workers?: number;
  /** Settings beside the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
}

const ROOT = new URL('../../..', import.meta.url).pathname;
const WARM_UP_CALLS = 4;
const WARM_UP_INDEX = 1_000_000;
const WARM_UP_MS = 5_000;
/** Ports rest after use; the idle worker is measured when they are free again. */
const COOL_DOWN_MS = 8_000;
const IDLE_WINDOW_MS = 5_000;
const LIVE_TIMEOUT_MS = 60_000;
const HANG_UP_MS = 2_000;
/** On a page of the API. */
const MOST_EVENTS = 1_000;

/** The stream of one output of a call, from 0. */
export const outputKey = (streamKey: string, output: number): string =>
  output === 0 ? streamKey : `${streamKey}-${output}`;

/**
 * The real thing: calls placed over REST, dialled over SIP, carried by one worker process. The signalling process is
 * counted in; API, database and queue, which do nothing for a live call, are not.
 */
export class WorkerContender implements Contender {
  readonly name = 'ours';
  readonly #options: WorkerOptions;
  readonly #allInOne: AllInOne;
  readonly #logs: ProcessLogs;
  #callee: SipCallee | undefined;
  #idle: IdleCost | undefined;
  #isClosed = false;
  readonly #open: string[] = [];

  constructor(options: WorkerOptions) {
    this.#options = options;
    const stateFolder = join(options.folder, 'callcast');
    mkdirSync(stateFolder, { recursive: true });
    chmodSync(options.folder, 0o711); // The services run as another user when we are root.
    chmodSync(stateFolder, 0o711);
    this.#logs = new ProcessLogs(join(stateFolder, 'logs'), 'error');
    this.#allInOne = new AllInOne({
      root: ROOT,
      stateFolder,
      config: readConfig({
        PATH: process.env['PATH'],
        CALLCAST_CAPACITY: '1000',
        CALLCAST_ADMISSION: 'capacity',
        ...options.settings,
      }),
      workers: options.workers ?? 1,
      isLasting: false,
      logs: this.#logs,
      logger: silentLogger,
      onChange: () => undefined,
      onFatal: (reason) => {
        throw new Error(reason);
      },
    });
  }

  get idle(): IdleCost | undefined {
    return this.#idle;
  }

  streamKey(index: number): string {
    return `ours-${index}`;
  }

  /** Starts everything and lets the worker carry calls for a while and then none. */
  async warmUp(): Promise<void> {
    await this.#allInOne.start();
    this.#callee = await SipCallee.listen(this.#options.sourcePort);
    const ids = await Promise.all(
      Array.from({ length: WARM_UP_CALLS }, (_, i) => this.#place(WARM_UP_INDEX + i, `warm-${i}`)),
    );
    await Promise.all(ids.map((id) => this.#untilLive(id)));
    await pause(WARM_UP_MS);
    await Promise.all(ids.map((id) => this.#client.hangUp(id)));
    await pause(COOL_DOWN_MS);
    this.#idle = await idleCostOf(this.pids(), IDLE_WINDOW_MS);
  }

  /** @param outputs Of each call; their keys are `outputKey`. */
  async open(indexes: readonly number[], outputs = 1): Promise<readonly MediaTarget[]> {
    const ids: string[] = [];
    for (const index of indexes) ids.push(await this.#place(index, this.streamKey(index), outputs));
    this.#open.push(...ids);
    await Promise.all(ids.map((id) => this.#untilLive(id)));
    return indexes.map((index) => ({
      host: '127.0.0.1',
      port: this.#callee?.offeredPort(index) ?? 0,
    }));
  }

  /** How long a command to an open call takes, in milliseconds. @throws Error when it is not done. */
  async commandMs(call: number, command: 'mute' | 'unmute'): Promise<number> {
    const startedMs = performance.now();
    const path = `/v1/calls/${this.#open[call] ?? ''}/${command}`;
    const { status, body } = await this.#client.request('POST', path, {});
    if (status !== 200) throw new Error(`${command}: ${status} ${JSON.stringify(body)}`);
    return performance.now() - startedMs;
  }

  /** Which worker has each open call. */
  async nodes(): Promise<readonly (string | null)[]> {
    return await Promise.all(this.#open.map(async (id) => (await this.#client.readCall(id)).node));
  }

  /** What an open call has told of these types, in order. */
  async toldOf(call: number, types: readonly string[]): Promise<readonly string[]> {
    const path = `/v1/calls/${this.#open[call] ?? ''}/events?limit=${MOST_EVENTS}`;
    const { body } = await this.#client.request<{ items: { type: string }[] }>('GET', path);
    return body.items.map(({ type }) => type).filter((type) => types.includes(type));
  }

  /** Ends the calls that are open. */
  async hangUp(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((id) => this.#client.hangUp(id)));
    await pause(HANG_UP_MS);
  }

  pids(): readonly number[] {
    const { pids } = this.#allInOne.runtime;
    return [pids['worker-1'], pids['signaling']].filter((pid) => pid !== undefined);
  }

  /** May be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#allInOne.stop();
    this.#callee?.close();
    this.#logs.close();
  }

  async #place(index: number, streamKey: string, outputs = 1): Promise<string> {
    const { sampleRate, bitrateKbps, rtmpBase } = this.#options;
    // Any rate may be asked for on the command line; the API says which it takes.
    const { status, body } = await this.#client.request<{ id: string }>('POST', '/v1/calls', {
      to: this.#callee?.uri(index),
      outputs: Array.from({ length: outputs }, (_, output) => ({
        url: rtmpBase,
        streamKey: outputKey(streamKey, output),
      })),
      media: { audio: { sampleRate, bitrateKbps } },
      limits: { mediaTimeoutSeconds: 3600 },
    });
    if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body.id;
  }

  async #untilLive(id: string): Promise<void> {
    await this.#client.untilCall(id, {
      what: 'on air',
      is: ({ broadcast }) => broadcast === 'live',
      timeoutMs: LIVE_TIMEOUT_MS,
    });
  }

  get #client(): RestClient {
    const { apiUrl, apiKey } = this.#allInOne.runtime;
    return new RestClient(apiUrl, apiKey);
  }
}
