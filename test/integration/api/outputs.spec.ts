import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outputViewSchema } from '#contracts';
import type { OutputView } from '#contracts';
import { IdFactory } from '#domain';
import type {
  CallId,
  CallState,
  NewOutput,
  NodeId,
  OpenedOutput,
  OutputId,
  OutputState,
} from '#domain';
import { Secret, silentLogger, systemClock, systemRandom, systemTimers } from '#foundation';
import type { CallRoster } from '../../../apps/worker/src/calls/call-roster.ts';
import { CommandDesk } from '../../../apps/worker/src/calls/command-desk.ts';
import { callBody, openWorld } from './api-world.ts';
import type { ApiWorld } from './api-world.ts';

const ids = new IdFactory(() => systemClock.wallMs(), systemRandom);
const NODE = 'node_00000000000000000000000001' as NodeId;
const NEXT_NODE = 'node_00000000000000000000000002' as NodeId;
const NO_CALL = 'call_00000000000000000000000000';
const KEY = 'key-that-nobody-may-see';
const target = (name: string) => ({ url: `rtmp://${name}.example.com/live`, streamKey: KEY });

let world: ApiWorld;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(async () => {
  await world.forgetCalls();
});
afterAll(async () => {
  await world.close();
});

async function place(name: string): Promise<CallId> {
  const answer = await world.as.post('/v1/calls').send(callBody(name)).expect(202);
  return (answer.body as { id: CallId }).id;
}

async function move(id: CallId, state: CallState, outputs = new Map()): Promise<void> {
  const call = await world.store.registry.findCall(id);
  if (call === null) throw new Error(`no call ${id}`);
  const isDone = await world.store.ledger.commit({
    callId: id,
    epoch: call.epoch,
    version: call.version,
    transitions: [{ machine: 'call', from: call.state, to: state, event: 'rang' }],
    call: { state },
    outputs,
    events: [],
  });
  expect(isDone).toBe(true);
}

async function placeClaimed(name: string, state: CallState = 'up'): Promise<CallId> {
  const id = await place(name);
  expect(await world.store.ledger.claim(id, 0, NODE)).not.toBeNull();
  if (state !== 'claimed') await move(id, state);
  return id;
}

const add = (id: string, body: object) => world.as.post(`/v1/calls/${id}/outputs`).send(body);
const remove = (id: string, outputId: string) =>
  world.as.delete(`/v1/calls/${id}/outputs/${outputId}`);
const outputsOf = async (id: CallId) => (await world.store.registry.findCall(id))?.outputs ?? [];
const viewOf = ({ body }: { body: unknown }): OutputView => outputViewSchema.strict().parse(body);
/** An output as the API stores it, for what is no matter of HTTP. */
const storedTarget = (name: string): NewOutput => ({
  id: ids.outputId(),
  url: target(name).url,
  streamKey: new Secret(KEY),
  urlCredentials: null,
});
const eventsOf = async (id: CallId): Promise<string[]> =>
  (await world.store.registry.listEvents(id, 0, 100)).items.map(
    ({ type, seq }) => `${seq} ${type}`,
  );

/** What a worker does, with sessions that write down what they are told. */
async function withDesks(
  work: (told: string[], opened: OpenedOutput[]) => Promise<void>,
): Promise<void> {
  const told: string[] = [];
  const opened: OpenedOutput[] = [];
  const session = {
    ...{ state: 'up', lease: { isHeld: () => true } },
    addOutput: (output: OpenedOutput) => {
      opened.push(output);
      told.push(`add ${output.record.id}`);
    },
    removeOutput: (id: OutputId) => {
      told.push(`remove ${id}`);
      return Promise.resolve();
    },
    retryOutput: (id: OutputId) => {
      told.push(`retry ${id}`);
      return Promise.resolve();
    },
  };
  const roster = { size: 1, find: () => session, reweigh: () => undefined };
  const { store, announcements } = world;
  const desk = new CommandDesk({
    ...{ node: NODE, ledger: store.ledger, announcements, announcer: announcements },
    clock: systemClock,
    roster: roster as unknown as CallRoster,
    timers: systemTimers,
    logger: silentLogger,
  });
  await desk.start();
  try {
    await work(told, opened);
  } finally {
    await desk.stop();
  }
}

describe('POST /v1/calls/{id}/outputs', () => {
  it.each([
    [{}, 'url'],
    [{ ...target('a'), url: 'srt://live.example.com/live' }, 'url'],
    [{ url: 'rtmp://live.example.com/live' }, 'streamKey'],
    [{ ...target('a'), more: 1 }, 'more'],
    [{ ...target('a'), username: 'u' }, 'password'],
    [
      { ...target('a'), url: 'rtmp://u:p@live.example.com/live', username: 'u', password: 'p' },
      'username',
    ],
    [{ ...target('a'), retry: { maxAttempts: 0 } }, 'retry.maxAttempts'],
    [{ ...target('a'), retry: { maxSeconds: 86_401 } }, 'retry.maxSeconds'],
    [{ ...target('a'), backup: { ...target('b'), mode: 'cold' } }, 'backup.mode'],
    [{ ...target('a'), backup: target('a') }, 'backup'],
    [{ ...target('a'), backup: { ...target('b'), backup: target('c') } }, 'backup.backup'],
    [{ url: 'rtmp://live.example.com/live?token=1', streamKey: 'k' }, 'url'],
  ])('refuses %j, and names %s', async (body, path) => {
    const answer = await add(await place('refused'), body).expect(400);

    expect(answer.body).toMatchObject({ code: 'REQUEST_INVALID', errors: [{ path }] });
    expect(JSON.stringify(answer.body)).not.toContain('"Invalid input"');
  });

  it.each([
    [{ url: 'rtmp://127.0.0.1/live', streamKey: 'k' }, 'url'],
    [{ ...target('a'), backup: { url: 'rtmp://10.0.0.1/live/key' } }, 'backup.url'],
  ])('refuses the private address of %j', async (body, path) => {
    const answer = await add(await place('private'), body).expect(422);

    expect(answer.body).toMatchObject({ code: 'TARGET_REFUSED', errors: [{ path }] });
  });

  it('knows no other call', async () => {
    await add(NO_CALL, target('a')).expect(404);
    await add('nonsense', target('a')).expect(404);
  });

  it('adds to a queued call at once, and the node that claims it gets it', async () => {
    const id = await place('queued');

    const view = viewOf(
      await add(id, { ...target('more'), retry: { maxAttempts: 7 } }).expect(201),
    );
    const claimed = await world.store.ledger.claim(id, 0, NODE);

    expect(view).toMatchObject({ state: 'idle', role: 'primary', backupOf: null });
    expect(claimed?.record.outputs.map(({ id: each }) => each)).toEqual([
      expect.any(String),
      view.id,
    ]);
    expect(claimed?.record.outputs[1]?.retry).toEqual({ maxAttempts: 7 });
    expect(claimed?.secrets.streamKeys.get(view.id as OutputId)?.reveal()).toBe(KEY);
    expect(await world.store.ledger.pendingCommands(NODE)).toEqual([]);
    expect(await eventsOf(id)).toEqual(['1 call.queued', '2 output.added', '3 call.claimed']);
  });

  it.each(['claimed', 'dialing', 'ringing', 'up', 'held'] as const)(
    'asks the owner of a call in %s, with its secrets opened, and does not disturb its next step',
    async (state) => {
      const id = await placeClaimed(`owned-${state}`, state);
      await withDesks(async (told, opened) => {
        const body = {
          url: `rtmp://live.example.com/app/${KEY}?a=b`,
          username: 'u@x',
          password: 'p:w',
        };
        const view = viewOf(await add(id, body).expect(201));

        expect(view.url).toBe('rtmp://live.example.com/app');
        expect(view.streamKey).not.toContain(KEY);
        expect(told).toEqual([`add ${view.id}`]);
        expect(opened[0]?.streamKey.reveal()).toBe(`${KEY}?a=b`);
        expect(opened[0]?.urlCredentials?.reveal()).toBe('u%40x:p%3Aw');
      });

      await move(id, 'held');
      const numbers = (await eventsOf(id)).map((line) => line.split(' ')[0]);
      expect(numbers).toEqual(numbers.map((_, index) => String(index + 1)));
    },
  );

  it('adds a backup beside its primary, in one order', async () => {
    const id = await placeClaimed('pair');
    await withDesks(async (told) => {
      const body = { ...target('a'), backup: { ...target('b'), mode: 'standby' } };
      const view = viewOf(await add(id, body).expect(201));
      const [, , backup] = (await outputsOf(id)).map((output) => output);

      expect(backup?.backup).toEqual({ of: view.id, mode: 'standby' });
      expect(told).toEqual([`add ${view.id}`, `add ${backup?.id}`]);
    });
    const shown = await world.as.get(`/v1/calls/${id}`).expect(200);
    expect(shown.body.outputs[2]).toMatchObject({
      role: 'backup',
      backupOf: shown.body.outputs[1].id,
    });
    expect(shown.text).not.toContain(KEY);
  });

  it('answers 202 while nobody has taken it, and the next owner takes it once', async () => {
    const id = await placeClaimed('waiting');

    const view = viewOf(await add(id, target('a')).expect(202));
    await withDesks(async (told) => {
      while (told.length === 0) await new Promise((resolve) => setImmediate(resolve));
      while ((await world.store.ledger.pendingCommands(NODE)).length > 0);

      expect(told).toEqual([`add ${view.id}`]);
    });
  });

  it.each(['ending', 'ended'] as const)('refuses a call that is %s', async (state) => {
    const id = await placeClaimed(`late-${state}`, state);

    const answer = await add(id, target('a')).expect(409);

    expect(answer.body).toMatchObject({ code: 'CALL_ALREADY_ENDED' });
    expect(await outputsOf(id)).toHaveLength(1);
  });

  it('gives a target to one of two calls that ask for it at once', async () => {
    const ids = [await placeClaimed('one', 'claimed'), await place('two')];

    const answers = await Promise.all(ids.map((id) => add(id, target('wanted'))));

    expect(answers.map(({ status }) => status).filter((status) => status === 409)).toHaveLength(1);
    const refused = answers.find(({ status }) => status === 409);
    const message = expect.stringMatching(
      /^is on air with call call_\w+, output out_\w+$/,
    ) as string;
    expect(refused?.body).toMatchObject({
      code: 'TARGET_IN_USE',
      errors: [{ path: 'url', message }],
    });
  });

  it('takes eight live ones and no more, whoever asks at once', async () => {
    const id = await place('full');

    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => add(id, target(`t${index}`))),
    );

    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array.from({ length: 7 }, () => 201), 429, 429, 429]);
    expect(answers.find(({ status }) => status === 429)?.body).toMatchObject({
      code: 'OUTPUTS_TOO_MANY',
    });
  });
});

describe('POST /v1/calls/{id}/outputs/{outputId}/retry', () => {
  const retry = (id: string, outputId: string) =>
    world.as.post(`/v1/calls/${id}/outputs/${outputId}/retry`);

  /** A call whose output is in that state, and its id. */
  async function placeWith(name: string, state: OutputState): Promise<[CallId, OutputId]> {
    const id = await placeClaimed(name, 'claimed');
    const [output] = await outputsOf(id);
    if (output === undefined) throw new Error('the call has an output');
    await move(id, 'up', new Map([[output.id, { state }]]));
    return [id, output.id];
  }

  it('has the owner connect an output that waits, and keeps what was asked', async () => {
    const [id, outputId] = await placeWith('waits', 'retrying');

    await withDesks(async (told) => {
      const view = viewOf(await retry(id, outputId).expect(200));

      expect(view.id).toBe(outputId);
      expect(told).toEqual([`retry ${outputId}`]);
    });
    const commands = await world.as.get(`/v1/calls/${id}/commands`).expect(200);
    expect(commands.body.items).toMatchObject([
      { type: 'retryOutput', state: 'done', requestedBy: 'bootstrap' },
    ]);
  });

  it('answers 202 while its owner has not heard of it, who does it once', async () => {
    const [id, outputId] = await placeWith('unheard', 'retrying');

    viewOf(await retry(id, outputId).expect(202));
    const [command] = await world.store.ledger.pendingCommands(NODE);
    const begun = [NODE, NODE, NEXT_NODE].map((node) =>
      world.store.ledger.beginCommand(command?.id ?? ids.commandId(), node),
    );

    expect(command).toMatchObject({ type: 'retryOutput', outputId });
    expect((await Promise.all(begun)).filter((isBegun) => isBegun)).toHaveLength(1);
  });

  it.each(['idle', 'connecting', 'publishing', 'closing', 'closed', 'failed'] as const)(
    'refuses an output that is %s',
    async (state) => {
      const [id, outputId] = await placeWith(`is-${state}`, state);

      const answer = await retry(id, outputId).expect(409);

      const isOver = state === 'closed' || state === 'failed';
      const detail = expect.stringContaining(isOver ? 'add it again' : 'does not wait') as string;
      expect(answer.body).toMatchObject({ code: 'OUTPUT_NOT_RETRYING', detail });
      expect(await world.store.ledger.pendingCommands(NODE)).toEqual([]);
    },
  );

  it('knows outputs of that call only, and no call that has ended', async () => {
    const [, outputId] = await placeWith('other', 'retrying');
    const id = await place('queued');
    const over = await placeClaimed('over', 'ended');
    const [last] = await outputsOf(over);

    const unknown = await retry(id, outputId).expect(404);
    const late = await retry(over, last?.id ?? '').expect(409);

    expect(unknown.body).toMatchObject({ code: 'OUTPUT_NOT_FOUND' });
    expect(late.body).toMatchObject({ code: 'CALL_ALREADY_ENDED' });
    await retry(NO_CALL, outputId).expect(404);
  });
});

describe('DELETE /v1/calls/{id}/outputs/{outputId}', () => {
  it('knows no other call and no output of another call', async () => {
    const id = await place('one');
    const [other] = await outputsOf(await place('two'));

    await remove(NO_CALL, other?.id ?? '').expect(404);
    const answer = await remove(id, other?.id ?? '').expect(404);
    expect(answer.body).toMatchObject({ code: 'OUTPUT_NOT_FOUND' });
  });

  it('keeps the last one of a call, and both of a pair that is the last', async () => {
    const id = await place('last');
    const [first] = await outputsOf(id);
    const alone = await remove(id, first?.id ?? '').expect(409);
    const pair = viewOf(await add(id, { ...target('a'), backup: target('b') }).expect(201));
    await remove(id, first?.id ?? '').expect(200);

    const answer = await remove(id, pair.id).expect(409);

    expect(alone.body).toMatchObject({ code: 'OUTPUT_LAST' });
    expect(answer.body).toMatchObject({ code: 'OUTPUT_LAST' });
  });

  it('ends an output of a queued call at once, with its backup, and frees the targets', async () => {
    const id = await place('queued');
    const pair = { ...target('a'), backup: target('b') };
    const { id: outputId } = viewOf(await add(id, pair).expect(201));

    const view = viewOf(await remove(id, outputId).expect(200));

    expect(view.state).toBe('closed');
    expect((await outputsOf(id)).map(({ state }) => state)).toEqual(['idle', 'closed', 'closed']);
    viewOf(await add(id, pair).expect(201));
    viewOf(await remove(id, outputId).expect(200));
    expect((await eventsOf(id)).filter((line) => line.endsWith('output.closed'))).toHaveLength(2);
  });

  it('asks the owner of any other call', async () => {
    const id = await placeClaimed('owned');
    const [first] = await outputsOf(id);
    await withDesks(async (told) => {
      const added = viewOf(await add(id, target('a')).expect(201));
      viewOf(await remove(id, first?.id ?? '').expect(200));

      expect(told).toEqual([`add ${added.id}`, `remove ${first?.id}`]);
    });
  });

  it('leaves one of two that are removed at once', async () => {
    const id = await placeClaimed('both', 'claimed');
    await world.store.outputs.addOutputs(id, { id: ids.commandId(), requestedBy: null }, [
      storedTarget('a'),
    ]);
    const outputs = await outputsOf(id);

    const outcomes = await Promise.all(
      outputs.map((output) =>
        world.store.outputs.removeOutput(id, { id: ids.commandId(), requestedBy: null }, output.id),
      ),
    );

    expect(outcomes.sort()).toEqual(['asked', 'last']);
  });

  it('waits for the next node when this one is lost, like what was added', async () => {
    const id = await placeClaimed('failing-over');
    const [first] = await outputsOf(id);
    const added = storedTarget('a');
    await world.store.outputs.addOutputs(id, { id: ids.commandId(), requestedBy: null }, [added]);
    await world.store.outputs.removeOutput(
      id,
      { id: ids.commandId(), requestedBy: null },
      first?.id ?? added.id,
    );
    await world.sql(`UPDATE calls SET lease_until = clock_timestamp() - interval '1 hour'`);

    const [lost] = await world.store.sweeper.takeAbandoned(1);
    const next = await world.store.ledger.claim(id, lost?.epoch ?? 0, NEXT_NODE);

    expect(next?.record.outputs.map((output) => output.id)).toEqual([first?.id, added.id]);
    expect(next?.secrets.streamKeys.get(added.id)?.reveal()).toBe(KEY);
    expect(await world.store.ledger.pendingCommands(NODE)).toEqual([]);
    expect(await world.store.ledger.pendingCommands(NEXT_NODE)).toMatchObject([
      { type: 'addOutput', outputId: added.id },
      { type: 'removeOutput', outputId: first?.id },
    ]);
  });

  it('keeps a list of what came and went that does not grow for ever', async () => {
    const id = await place('busy');
    for (let round = 0; round < 30; round++) {
      const { id: outputId } = viewOf(await add(id, target('a')).expect(201));
      await remove(id, outputId).expect(200);
    }

    expect((await outputsOf(id)).length).toBeLessThanOrEqual(26);
  });
});

describe('the end of a call', () => {
  it('that races an addition frees its target', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await place(`race-${round}`);

      const [added, stopped] = await Promise.all([
        add(id, target('raced')),
        world.as.delete(`/v1/calls/${id}`),
      ]);

      expect([201, 409]).toContain(added.status);
      expect(stopped.status).toBe(202);
      expect((await outputsOf(id)).every(({ state }) => state === 'closed')).toBe(true);
    }
  });

  it('a claim that races an addition has it', async () => {
    for (let round = 0; round < 10; round++) {
      const id = await place(`claim-${round}`);

      const wanted = storedTarget(`claimed-${round}`);

      const [, claimed] = await Promise.all([
        world.store.outputs.addOutputs(id, { id: ids.commandId(), requestedBy: null }, [wanted]),
        world.store.ledger.claim(id, 0, NODE),
      ]);

      const commands = await world.store.ledger.pendingCommands(NODE);
      const known = claimed?.record.outputs.map((output) => String(output.id)) ?? [];
      const asked = commands.flatMap((command) =>
        command.type === 'addOutput' ? [String(command.outputId)] : [],
      );
      expect([...known, ...asked]).toContain(wanted.id);
      expect(claimed?.secrets.streamKeys.size).toBe(known.length);
    }
  });
});
