import { setTimeout as pause } from 'node:timers/promises';
import { endDemoCall, placeDemoCall, untilOnAir } from './demo-call.ts';
import type { DemoCall, EndedCall } from './demo-call.ts';
import type { DemoRig } from './demo-rig.ts';
import { untilRecorded } from './recordings.ts';
import type { RestClient } from './rest-client.ts';
import { readStreamFigures } from './stream-figures.ts';
import { judge } from './verdict.ts';
import type { CallReport } from './verdict.ts';
import type { NginxRtmp } from '#testkit';

/** What the calls of the demo run on. */
export interface DemoStage {
  readonly client: RestClient;
  readonly rig: DemoRig;
  readonly say: (text: string) => void;
}

const ON_AIR_MS = 10_000;
const RTMP_APP = 'live';

/** Places one call to every peer and waits until all of them are on the air. */
export async function goOnAir({ client, rig }: DemoStage, rtmp: NginxRtmp): Promise<DemoCall[]> {
  const calls = await Promise.all(
    rig.peers.map((peer, index) => {
      const url = rtmp.rtmpUrl(RTMP_APP, '').replace(/\/$/, '');
      return placeDemoCall(client, { url, streamKey: `demo${index + 1}` }, peer);
    }),
  );
  await Promise.all(calls.map((call) => untilOnAir(client, call)));
  return calls;
}

/** Calls side by side for ten seconds, then hung up, and their recordings measured. */
export async function checkCalls(stage: DemoStage): Promise<CallReport[]> {
  const { client, rig, say } = stage;
  say(`Placing ${rig.peers.length} calls side by side ...`);
  const calls = await goOnAir(stage, rig.recorder);
  say(`On the air. Listening for ${ON_AIR_MS / 1000} s ...`);
  await pause(ON_AIR_MS);
  const ended = await Promise.all(calls.map((call) => endDemoCall(client, call)));
  say('Hung up. Reading the streams back with ffprobe and ffmpeg ...');
  const reports: CallReport[] = [];
  for (const call of ended) reports.push(await measure(rig, call));
  return reports;
}

async function measure({ recorder }: DemoRig, ended: EndedCall): Promise<CallReport> {
  const path = await untilRecorded(recorder, ended.streamKey);
  return judge(ended, await readStreamFigures(path));
}
