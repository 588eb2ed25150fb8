import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RtpPortPool } from '#adapters/udp-node';
import { systemClock, systemRandom, systemTimers } from '#foundation';
import type { Contender, MediaTarget, StreamSettings } from './contender.ts';

interface FfmpegOptions extends StreamSettings {
  readonly folder: string;
  /** The RTMP address without the stream key. */
  readonly rtmpBase: string;
}

const HOST = '127.0.0.1';
/** Away from the range of our own calls and from the ports that the kernel gives out. */
const PORT_RANGE = '14000-19999';

/** One ffmpeg process per call: the usual way. */
export class FfmpegContender implements Contender {
  readonly name = 'ffmpeg';
  readonly idle = undefined;
  readonly #options: FfmpegOptions;
  readonly #children: ChildProcess[] = [];
  readonly #ports = new RtpPortPool({
    host: HOST,
    range: PORT_RANGE,
    random: systemRandom,
    clock: systemClock,
    timers: systemTimers,
  });

  constructor(options: FfmpegOptions) {
    this.#options = options;
  }

  streamKey(index: number): string {
    return `ffmpeg-${index}`;
  }

  async open(indexes: readonly number[]): Promise<readonly MediaTarget[]> {
    // All are bound before the first is given back, so that no two get the same.
    const pairs = await Promise.all(indexes.map(() => this.#ports.bindPair()));
    const targets = pairs.map(({ port }) => ({ host: HOST, port }));
    await this.#ports.close();
    for (const [at, index] of indexes.entries()) this.#start(index, targets[at]?.port ?? 0);
    return targets;
  }

  pids(): readonly number[] {
    return this.#children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  async close(): Promise<void> {
    const running = this.#children.filter(({ exitCode }) => exitCode === null);
    const exits = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(exits);
  }

  #start(index: number, port: number): void {
    const { folder, rtmpBase, sampleRate, bitrateKbps } = this.#options;
    const sdpPath = join(folder, `call-${index}.sdp`);
    writeFileSync(sdpPath, sessionDescription(port));
    const quiet = ['-nostdin', '-hide_banner', '-loglevel', 'error'];
    const input = ['-protocol_whitelist', 'file,udp,rtp', '-i', sdpPath];
    const coder = ['-c:a', 'aac', '-aac_coder', 'fast', '-b:a', `${bitrateKbps}k`];
    const format = ['-ar', String(sampleRate), '-ac', '1', '-f', 'flv'];
    const args = [...quiet, ...input, ...coder, ...format, `${rtmpBase}/${this.streamKey(index)}`];
    this.#children.push(spawn('ffmpeg', args, { stdio: 'ignore' }));
  }
}

/** The SDP of one PCMU stream to a port of this machine. */
export function sessionDescription(port: number): string {
  return [
    'v=0',
    `o=- 0 0 IN IP4 ${HOST}`,
    's=call',
    `c=IN IP4 ${HOST}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0`,
    'a=rtpmap:0 PCMU/8000',
    '',
  ].join('\r\n');
}
