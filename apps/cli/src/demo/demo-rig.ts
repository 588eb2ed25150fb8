import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCallAudio, startNginxRtmp, startSippCallee } from '#testkit';
import type { NginxRtmp, SippCallee } from '#testkit';

/** A SIP peer that answers, speaks and then sounds a tone of its own. */
export interface DemoPeer {
  readonly callee: SippCallee;
  readonly toneHz: number;
}

/** The outside world of the demo: SIP peers and RTMP servers. */
export interface DemoRig {
  readonly peers: readonly DemoPeer[];
  /** Keeps every stream as a file, to be measured. */
  readonly recorder: NginxRtmp;
  /** A server for streams that go on without end: it keeps nothing. */
  startAir(): Promise<NginxRtmp>;
  stop(): Promise<void>;
}

/** One call each; far enough apart that nobody takes one for another or for its overtone. */
const TONES_HZ = [523, 659, 784];
const TONE_SECONDS = 30;
const WORDS = ['one', 'two', 'three'];

/** Starts everything that Callcast talks to. It dies with this process. */
export async function startDemoRig(): Promise<DemoRig> {
  const folder = mkdtempSync(join(tmpdir(), 'callcast-demo-'));
  const stops: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).reverse()) await end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const startServer = async (name: string, record: boolean): Promise<NginxRtmp> => {
      const server = await startNginxRtmp({ workDir: join(folder, name), record });
      stops.push(() => server.stop());
      return server;
    };
    const recorder = await startServer('recorder', true);
    const peers = await Promise.all(
      TONES_HZ.map((toneHz, index) => startPeer(folder, toneHz, index)),
    );
    stops.push(
      ...peers.map(
        ({ callee }) =>
          () =>
            callee.stop(),
      ),
    );
    return { peers, recorder, startAir: () => startServer('air', false), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPeer(folder: string, toneHz: number, index: number): Promise<DemoPeer> {
  const path = join(folder, `peer-${index + 1}.ulaw`);
  const text = `This is Callcast. Call number ${WORDS[index] ?? ''} is on the air.`;
  await makeCallAudio({ path, text, toneHz, toneSeconds: TONE_SECONDS });
  const callee = await startSippCallee({ media: { path, isRepeated: true } });
  return { callee, toneHz };
}
