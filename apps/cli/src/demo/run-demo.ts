import { join } from 'node:path';
import { FolderBusyError } from '#adapters/services-local';
import type { CommandContext } from '../command-context.ts';
import { untilStarted } from '../ending.ts';
import { startInstance } from '../start/instance.ts';
import type { Instance } from '../start/instance.ts';
import { checkCalls, goOnAir } from './check-calls.ts';
import type { DemoStage } from './check-calls.ts';
import { startDemoRig } from './demo-rig.ts';
import { formatFailure, formatJson, formatReports, isAllRight } from './report.ts';
import { RestClient } from './rest-client.ts';
import type { CallReport } from './verdict.ts';

/** What the demo is asked for. */
export interface DemoContext extends CommandContext {
  /** End after the check; the last line is then one JSON object. */
  readonly isOnce: boolean;
}

const MAX_DEMOS = 16;
const EXIT_INTERRUPTED = 130;

/**
 * `npm run demo`: real calls on a real RTMP server, measured. Stays up with new calls on the air
 * until it is told to end; with `--once` ends after the check. Returns the exit status.
 */
export async function runDemo(context: DemoContext): Promise<number> {
  const { isOnce } = context;
  try {
    const reports = await perform(context);
    if (reports === undefined) return EXIT_INTERRUPTED;
    if (isOnce) console.log(formatJson(reports));
    return isAllRight(reports) ? 0 : 1;
  } catch (error) {
    if (!isOnce) throw error;
    console.error(error);
    console.log(formatFailure(error));
    return 1;
  }
}

/** Everything is stopped when this settles. Undefined: interrupted before the check was done. */
async function perform(context: DemoContext): Promise<CallReport[] | undefined> {
  const { watch, isOnce } = context;
  const say = (text: string): void => {
    if (isOnce) console.error(text);
    else console.log(text);
  };
  const stops: (() => Promise<void>)[] = [];
  try {
    say('Starting PostgreSQL, Redis, signalling, API, worker, SIP peers and an RTMP server ...');
    const { instance, stage } = await untilStarted(watch, setUp(context, stops, say));
    const reports = await Promise.race([checkCalls(stage), untilInterrupted(context)]);
    if (reports === undefined) return undefined;
    say(`\n${formatReports(reports)}\n`);
    if (!isOnce && isAllRight(reports)) await stayOnAir(context, instance, stage);
    return reports;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function untilInterrupted({ watch }: DemoContext): Promise<undefined> {
  const ending = await watch.ended;
  if (ending.type === 'fatal') throw new Error(ending.reason);
  return undefined;
}

async function setUp(
  context: DemoContext,
  stops: (() => Promise<void>)[],
  say: (text: string) => void,
): Promise<{ instance: Instance; stage: DemoStage }> {
  const rig = await startDemoRig();
  stops.push(() => rig.stop());
  const instance = await startFreeInstance(context);
  stops.push(() => instance.stop());
  const { apiUrl, apiKey } = instance.allInOne.runtime;
  return { instance, stage: { client: new RestClient(apiUrl, apiKey), rig, say } };
}

/** Each demo of this copy that runs at the same time has a state folder of its own. */
async function startFreeInstance(context: DemoContext): Promise<Instance> {
  const { root, watch } = context;
  for (let number = 1; ; number++) {
    try {
      return await startInstance({
        ...context,
        stateFolder: join(root, '.callcast', number === 1 ? 'demo' : `demo-${number}`),
        isLasting: false,
        verbosity: 'error',
        onFatal: (reason) => {
          watch.fail(reason);
        },
      });
    } catch (error) {
      if (!(error instanceof FolderBusyError) || number === MAX_DEMOS) throw error;
    }
  }
}

async function stayOnAir(
  context: DemoContext,
  { allInOne, runtimePath }: Instance,
  stage: DemoStage,
): Promise<void> {
  const { apiUrl, apiKey } = allInOne.runtime;
  const calls = await goOnAir(stage, await stage.rig.startAir());
  stage.say(
    [
      'New calls are on the air until Ctrl-C:',
      ...calls.map(({ streamUrl, toneHz }) => `  ${streamUrl}   speech, then ${toneHz} Hz`),
      '',
      `  API            ${apiUrl}`,
      `  documentation  ${apiUrl}/docs`,
      `  API key        ${apiKey}`,
      `  all of this    ${runtimePath}`,
      '',
      `  curl -H 'Authorization: Bearer ${apiKey}' ${apiUrl}/v1/calls`,
      '',
    ].join('\n'),
  );
  await untilInterrupted(context);
}
