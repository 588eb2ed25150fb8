import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type {
  CallStatsView,
  CallView,
  CreateCallInput,
  EventView,
  RuntimeFile,
  SipMessageView,
} from '#contracts';
import { silentLogger } from '#foundation';
import { makeCallAudio, startNginxRtmp, startSippCallee } from '#testkit';
import type { NginxRtmp, SippCallee, SippCalleeOptions } from '#testkit';
import { givenServer } from '../../support/given-server.ts';
import { AllInOne } from '../../../apps/cli/src/start/all-in-one.ts';
import { readConfig } from '../../../apps/cli/src/config.ts';
import { RestClient } from '../../../apps/cli/src/demo/rest-client.ts';
import type { RestAnswer } from '../../../apps/cli/src/demo/rest-client.ts';
import { ProcessLogs } from '../../../apps/cli/src/start/process-logs.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;
const POLL_MS = 50;

/** What the whole suite can be run with instead of the defaults: a signalling server that is there already, another encoder. */
function givenSettings(): Record<string, string> {
  const url = givenServer()?.url;
  const aac = process.env['CALLCAST_AAC'];
  return {
    ...(url === undefined ? {} : { CALLCAST_DRACHTIO_URL: url }),
    ...(aac === undefined ? {} : { CALLCAST_AAC: aac }),
  };
}

/** What a stage is set with. */
export interface StageOptions {
  readonly workers?: number;
  /** Settings beside the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * A whole Callcast with real PostgreSQL and Redis, a real RTMP server that records, and callees to be added.
 * Everything listens on free ports of 127.0.0.1 and ends with `close`.
 */
export class Stage {
  readonly folder: string;
  readonly allInOne: AllInOne;
  readonly rtmp: NginxRtmp;
  readonly #callees: SippCallee[] = [];
  readonly #logs: ProcessLogs;

  private constructor(parts: {
    folder: string;
    allInOne: AllInOne;
    rtmp: NginxRtmp;
    logs: ProcessLogs;
  }) {
    this.folder = parts.folder;
    this.allInOne = parts.allInOne;
    this.rtmp = parts.rtmp;
    this.#logs = parts.logs;
  }

  static async open({ workers = 1, settings = {} }: StageOptions = {}): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'callcast-e2e-'));
    chmodSync(folder, 0o711); // The services run as another user when we are root.
    const logs = new ProcessLogs(join(folder, 'logs'), 'error');
    const allInOne = new AllInOne({
      root: ROOT,
      stateFolder: folder,
      config: readConfig({
        PATH: process.env['PATH'],
        // A machine that is busy with other tests must not keep calls waiting.
        CALLCAST_ADMISSION: 'capacity',
        ...givenSettings(),
        ...settings,
      }),
      workers,
      isLasting: false,
      logs,
      logger: silentLogger,
      onChange: () => undefined,
      onFatal: (reason) => {
        throw new Error(reason);
      },
    });
    const rtmp = await startNginxRtmp({ workDir: join(folder, 'rtmp'), record: true });
    await allInOne.start();
    return new Stage({ folder, allInOne, rtmp, logs });
  }

  async close(): Promise<void> {
    await Promise.all(this.#callees.map((callee) => callee.stop()));
    await this.allInOne.stop();
    await this.rtmp.stop();
    this.#logs.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get runtime(): RuntimeFile {
    return this.allInOne.runtime;
  }

  async callee(options: SippCalleeOptions = {}): Promise<SippCallee> {
    const callee = await startSippCallee(options);
    this.#callees.push(callee);
    return callee;
  }

  /** Raw G.711 with one tone. */
  async tone(
    toneHz: number,
    toneSeconds: number,
    codec: 'PCMU' | 'PCMA' = 'PCMU',
  ): Promise<string> {
    const path = join(this.folder, `tone-${toneHz}-${toneSeconds}.${codec}`);
    await makeCallAudio({ path, toneHz, toneSeconds, codec });
    return path;
  }

  /** Where calls may be published: server and application. */
  get rtmpUrl(): string {
    return `rtmp://127.0.0.1:${this.rtmp.port}/live`;
  }

  request<T>(method: string, path: string, body?: unknown): Promise<RestAnswer<T>> {
    const { apiUrl, apiKey } = this.runtime;
    return new RestClient(apiUrl, apiKey).request(method, path, body);
  }

  /** Places a call and gives it as it was accepted. */
  async place(call: CreateCallInput): Promise<CallView> {
    const { status, body } = await this.request<CallView>('POST', '/v1/calls', call);
    if (status !== 202) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body;
  }

  async call(id: string): Promise<CallView> {
    return (await this.request<CallView>('GET', `/v1/calls/${id}`)).body;
  }

  async stats(id: string): Promise<CallStatsView> {
    return (await this.request<CallStatsView>('GET', `/v1/calls/${id}/stats`)).body;
  }

  /** The figures of a worker, as Prometheus reads them. */
  async workerMetrics(name: string): Promise<string> {
    const answer = await fetch(`${this.runtime.workers[name] ?? ''}/metrics`);
    return await answer.text();
  }

  async events(id: string): Promise<readonly EventView[]> {
    const path = `/v1/calls/${id}/events?limit=1000`;
    return (await this.request<{ items: EventView[] }>('GET', path)).body.items;
  }

  async eventTypes(id: string): Promise<readonly string[]> {
    return (await this.events(id)).map((event) => event.type);
  }

  async hangUp(id: string): Promise<number> {
    return (await this.request('DELETE', `/v1/calls/${id}`)).status;
  }

  /** Waits until the call is as wanted; fails with what was last seen. */
  async until(
    id: string,
    isWanted: (call: CallView) => boolean,
    timeoutMs = 20_000,
  ): Promise<CallView> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const call = await this.call(id);
      if (isWanted(call)) return call;
      if (performance.now() > deadline) {
        const events = await this.eventTypes(id);
        throw new Error(
          `not as wanted in ${timeoutMs} ms: ${JSON.stringify(call)} ${events.join()}`,
        );
      }
      await pause(POLL_MS);
    }
  }

  /** Waits until there are so many events of a type. */
  async untilEvents(id: string, type: string, count: number): Promise<void> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const types = await this.eventTypes(id);
      if (types.filter((each) => each === type).length >= count) return;
      if (performance.now() > deadline) throw new Error(`no ${count} ${type}: ${types.join()}`);
      await pause(POLL_MS);
    }
  }

  /** The SIP messages of a call, once so many of them are written. */
  async untilSip(id: string, count: number): Promise<readonly SipMessageView[]> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const path = `/v1/calls/${id}/sip`;
      const { items } = (await this.request<{ items: SipMessageView[] }>('GET', path)).body;
      if (items.length >= count) return items;
      if (performance.now() > deadline) {
        throw new Error(`no ${count}: ${items.map(({ summary }) => summary).join()}`);
      }
      await pause(POLL_MS);
    }
  }

  untilLive(id: string, timeoutMs?: number): Promise<CallView> {
    return this.until(id, (call) => call.broadcast === 'live', timeoutMs);
  }

  untilEnded(id: string, timeoutMs?: number): Promise<CallView> {
    return this.until(id, (call) => call.state === 'ended', timeoutMs);
  }

  /** Recordings of a stream, oldest first. */
  recordingsOf(key: string): readonly string[] {
    return this.rtmp.recordings().filter((path) => path.includes(`/${key}-`));
  }
}
