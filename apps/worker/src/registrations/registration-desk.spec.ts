import type { ClaimedCall } from '#domain';
import { describe, expect, it } from 'vitest';
import {
  granted,
  failed,
  settle,
  registrationWorld,
} from '../../../../test/support/registration-world.ts';

describe('an address', () => {
  it('is registered once for all calls that wait for it', async () => {
    const { registrar, call, world } = registrationWorld();
    let open = (): void => undefined;
    registrar.gate = new Promise((resolve) => (open = resolve));

    const calls = [call(), call()];
    await settle();
    expect(calls.map(({ heard }) => heard.outcome)).toEqual(['waits', 'waits']);
    open();
    await settle();
    const late = call();
    await settle();

    expect([...calls, late].map(({ heard }) => heard.outcome)).toEqual(Array(3).fill('goes on'));
    expect(registrar.sent).toEqual(['REGISTER 300 secret']);
    expect(world.book.rows.size).toBe(1);
  });

  it('is not registered for a call that does not ask for it', async () => {
    const { desk, registrar } = registrationWorld();
    const call = { record: { appKey: 'app', spec: { from: {} } }, secrets: {} };

    await desk.register(call as unknown as ClaimedCall, Promise.resolve());

    expect(registrar.sent).toEqual([]);
    expect(desk.size).toBe(0);
  });

  it('is refreshed at 50 to 90 % of what was granted, with the same binding', async () => {
    const { registrar, call, world } = registrationWorld();
    call();
    registrar.script = [granted(60), granted(60), granted(3600)];
    await world.pass(3_700_000);

    const [first = 0, second = 0, third = 0] = registrar.gaps;
    expect(first).toBeGreaterThanOrEqual(30_000);
    expect(first).toBeLessThanOrEqual(54_100);
    expect(second).toBeGreaterThanOrEqual(30_000);
    expect(second).toBeLessThanOrEqual(54_100);
    expect(third).toBeGreaterThanOrEqual(1_800_000);
    expect(third).toBeLessThanOrEqual(3_240_100);
    expect(registrar.bindings).toBe(1);
  });

  it('does not hold up a call while it is refreshed, and not when that fails', async () => {
    const { registrar, call, world } = registrationWorld();
    call();
    await settle();
    let open = (): void => undefined;
    registrar.gate = new Promise((resolve) => (open = resolve));
    await world.pass(54_100);
    expect(registrar.sent).toHaveLength(2);
    const late = call();
    await settle();
    expect(late.heard.outcome).toBe('goes on');
    registrar.script = [failed(null, 'SIP_REGISTER_TIMEOUT')];
    open();
    await settle();

    expect(late.heard.outcome).toBe('goes on');
  });

  it('is asked for as long as a 423 wants it, and not longer', async () => {
    const { registrar, call, world } = registrationWorld();
    const tooBrief = (minExpiresSeconds: number) =>
      failed(423, 'SIP_REGISTER_REFUSED', { minExpiresSeconds });
    registrar.script = [tooBrief(900)];
    const { heard } = call();
    await world.pass(54_000);
    expect(heard.outcome).toBe('goes on');
    expect(registrar.sent).toEqual([300, 900, 900].map((s) => `REGISTER ${s} secret`));

    registrar.script = [tooBrief(1000), tooBrief(1100)];
    await world.pass(54_000);
    expect(registrar.sent.slice(3)).toEqual([900, 1000].map((s) => `REGISTER ${s} secret`));
  });

  it('is taken off a while after the last call, and nothing is left', async () => {
    const { registrar, call, world, desk } = registrationWorld();
    const [first, second] = [call(), call()];
    await settle();
    first.end();
    await world.pass(10_000);
    second.end();
    await world.pass(2_900);
    const third = call();
    await world.pass(5_000);
    expect(third.heard.outcome).toBe('goes on');
    expect(registrar.sent).toEqual(['REGISTER 300 secret']);

    third.end();
    await world.pass(4_400);
    expect(registrar.sent).toHaveLength(1);
    await world.pass(200);
    expect(registrar.sent).toEqual(['REGISTER 300 secret', 'remove sip:c1@192.0.2.1:5060']);
    expect(world.book.rows.size).toBe(0);
    expect(desk.size).toBe(0);
    // The renewal of the desk is the only timer.
    expect(world.time.pendingCount).toBe(1);
  });

  it('is registered anew for a call that comes while it is taken off', async () => {
    const { registrar, call, world } = registrationWorld();
    const first = call();
    await settle();
    first.end();
    await settle();
    let open = (): void => undefined;
    registrar.gate = new Promise((resolve) => (open = resolve));
    await world.pass(4_600);
    expect(registrar.sent.at(-1)).toBe('remove sip:c1@192.0.2.1:5060');

    const second = call();
    await world.pass(1_000);
    expect(second.heard.outcome).toBe('waits');
    open();
    await settle();

    expect(second.heard.outcome).toBe('goes on');
    expect([...world.book.rows.values()]).toMatchObject([{ contactUser: 'c2', epoch: 1 }]);
  });

  it('is left alone when its only call ends while it waits', async () => {
    const { registrar, call, world, desk } = registrationWorld();
    registrar.isConnected = false;
    const { heard, end } = call();
    await settle();
    end();
    await world.pass(5_000);

    expect(heard.outcome).toBe('goes on');
    expect(registrar.sent).toEqual([]);
    expect(desk.size).toBe(0);
    expect(world.book.rows.size).toBe(0);
  });

  it('is taken off at the end of the node', async () => {
    const { registrar, call, world, desk } = registrationWorld();
    call();
    await settle();

    const stopped = desk.stop();
    await world.pass(1_600);
    await stopped;

    expect(registrar.sent.at(-1)).toBe('remove sip:c1@192.0.2.1:5060');
    expect(world.book.rows.size).toBe(0);
    expect(world.time.pendingCount).toBe(0);
  });

  it('does not hold up the end of a node when the registrar is silent', async () => {
    const { registrar, call, world, desk } = registrationWorld();
    call();
    await settle();
    registrar.gate = new Promise(() => undefined);

    const stopped = desk.stop();
    await world.pass(5_000);
    await stopped;

    expect(world.time.pendingCount).toBe(0);
  });
});
