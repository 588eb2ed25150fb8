import { describe, expect, it } from 'vitest';
import { failed, settle, registrationWorld } from '../../../../test/support/registration-world.ts';

describe('a refusal', () => {
  it('fails the calls with that password; the others are tried', async () => {
    const { registrar, call, world } = registrationWorld();
    registrar.script = [failed(403)];
    const [one, same, other] = [call('wrong'), call('wrong'), call('right')];
    await settle();

    expect(one.heard.outcome).toBe('SIP_REGISTER_REFUSED');
    expect(same.heard.outcome).toBe('SIP_REGISTER_REFUSED');
    expect(other.heard.outcome).toBe('goes on');
    expect(registrar.sent).toEqual(['REGISTER 300 wrong', 'REGISTER 300 right']);
    other.end();
    await world.pass(60_000);
    // The call that was refused lives on here; its password is not shown again.
    expect(registrar.sent.filter((text) => text.includes('wrong'))).toHaveLength(1);
  });

  it('of a challenge outside the realms of a call is not for those that name other realms', async () => {
    const { registrar, call } = registrationWorld();
    registrar.script = [failed(401)];
    const [wrong, right] = [call('secret', 'studio', ['x.test']), call('secret', 'studio')];
    await settle();

    expect([wrong, right].map(({ heard }) => heard.outcome)).toEqual([
      'SIP_REGISTER_REFUSED',
      'goes on',
    ]);
    expect(registrar.bindings).toBe(2);
  });

  it('leaves the registration to a node that has another password', async () => {
    const { registrar, call, world } = registrationWorld();
    const other = world.node('192.0.2.2:5060');
    registrar.script = [failed(401)];
    const [wrong, right] = [call('wrong'), other.call('right')];
    await world.pass(1_000);

    expect(wrong.heard.outcome).toBe('SIP_REGISTER_REFUSED');
    expect(right.heard.outcome).toBe('goes on');
    expect(other.registrar.sent).toEqual(['REGISTER 300 right']);
    await world.pass(20_000);
    expect(registrar.sent).toEqual(['REGISTER 300 wrong']);
  });

  it('is not the last word for the next call', async () => {
    const { registrar, call } = registrationWorld();
    registrar.script = [failed(403)];
    const first = call();
    await settle();
    const second = call();
    await settle();

    expect(first.heard.outcome).toBe('SIP_REGISTER_REFUSED');
    expect(second.heard.outcome).toBe('goes on');
  });
});

describe('a registrar that is down', () => {
  it('fails the calls that wait, at once', async () => {
    const { registrar, call } = registrationWorld();
    registrar.script = [failed(503, 'SIP_REGISTRAR_DOWN')];
    const { heard } = call();
    await settle();

    expect(heard.outcome).toBe('SIP_REGISTRAR_DOWN');
    expect(registrar.sent).toHaveLength(1);
  });

  it('is tried again for a call that goes on, ever more seldom, and at once for a new call', async () => {
    const { registrar, call, world } = registrationWorld();
    const { heard } = call();
    await settle();
    const down = failed(503, 'SIP_REGISTRAR_DOWN');
    registrar.script = [down, down, down, down];
    await world.pass(54_100 + 60_100 + 120_100 + 240_100);
    const [, second = 0, third = 0, fourth = 0] = registrar.gaps;
    expect(second).toBeGreaterThanOrEqual(30_000);
    expect(second).toBeLessThanOrEqual(60_100);
    expect(third).toBeGreaterThanOrEqual(60_000);
    expect(third).toBeLessThanOrEqual(120_100);
    expect(fourth).toBeGreaterThanOrEqual(120_000);
    expect(fourth).toBeLessThanOrEqual(240_100);
    expect(heard.outcome).toBe('goes on');

    const count = registrar.sent.length;
    const next = call();
    await settle();
    expect(next.heard.outcome).toBe('goes on');
    expect(registrar.sent).toHaveLength(count + 1);
  });

  it('is left in peace for as long as it asks', async () => {
    const { registrar, call, world } = registrationWorld();
    call();
    await settle();
    registrar.script = [failed(503, 'SIP_REGISTRAR_DOWN', { retryAfterSeconds: 600 })];
    await world.pass(54_000);
    expect(registrar.sent).toHaveLength(2);
    await world.pass(540_000);
    expect(registrar.sent).toHaveLength(2);
    await world.pass(60_000);
    // Its own Contact is refreshed, not taken off.
    expect(registrar.sent).toEqual(Array(3).fill('REGISTER 300 secret'));
  });

  it('gets no un-REGISTER from nowhere: what may still be registered is taken off all the same', async () => {
    const { registrar, call, world, desk } = registrationWorld();
    const { end } = call();
    await settle();
    registrar.script = [failed(null, 'SIP_REGISTER_TIMEOUT')];
    await world.pass(54_000);
    end();
    await world.pass(5_000);

    expect(registrar.sent.at(-1)).toBe('remove sip:c1@192.0.2.1:5060');
    expect(desk.size).toBe(0);
  });
});

describe('the signalling server', () => {
  it('is waited for, but not for ever', async () => {
    const { registrar, call, world } = registrationWorld();
    registrar.isConnected = false;
    const first = call();
    await world.pass(11_900);
    expect(first.heard.outcome).toBe('waits');
    await world.pass(100);
    expect(first.heard.outcome).toBe('SIP_SIGNALLING_LOST');

    const second = call();
    await world.pass(5_000);
    registrar.connect();
    await settle();
    expect(second.heard.outcome).toBe('goes on');
  });

  it('is told all registrations again when it comes back', async () => {
    const { registrar, call, world } = registrationWorld();
    for (const user of ['a', 'b', 'c']) call('secret', user);
    await settle();
    registrar.isConnected = false;
    await world.pass(1_000);
    expect(registrar.sent).toHaveLength(3);

    registrar.connect();
    await settle();
    await world.pass(2_000);

    expect(registrar.sent).toHaveLength(6);
  });

  it('that is lost while a REGISTER is out is not the registrar being down', async () => {
    const { registrar, call, world } = registrationWorld();
    let open = (): void => undefined;
    registrar.gate = new Promise((resolve) => (open = resolve));
    registrar.script = [failed(null, 'SIP_SIGNALLING_LOST')];
    const { heard } = call();
    await settle();
    registrar.isConnected = false;
    open();
    await world.pass(1_000);
    expect(heard.outcome).toBe('waits');
    registrar.connect();
    await settle();

    expect(heard.outcome).toBe('goes on');
  });
});

it('tells the other nodes, even if the store was away for a moment', async () => {
  const { registrar, call, world } = registrationWorld();
  let open = (): void => undefined;
  registrar.gate = new Promise((resolve) => (open = resolve));
  call();
  await settle();
  world.book.isAway = true;
  open();
  await settle();
  world.book.isAway = false;
  await world.pass(600);
  const other = world.node().call();
  await settle();

  expect(other.heard.outcome).toBe('goes on');
  expect(registrar.sent).toHaveLength(2);
});

it('stops refreshing while the store is away, and goes on when it is back', async () => {
  const { registrar, call, world } = registrationWorld();
  call();
  await settle();
  world.book.isAway = true;
  const { heard } = call('secret', 'other');
  await world.pass(60_000);
  expect(registrar.sent).toHaveLength(1);
  expect(heard.outcome).toBe('SIP_REGISTER_TIMEOUT');

  world.book.isAway = false;
  await world.pass(2_000);
  expect(registrar.sent.length).toBeGreaterThan(1);
});
