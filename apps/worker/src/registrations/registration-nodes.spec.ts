import { describe, expect, it } from 'vitest';
import {
  granted,
  failed,
  ids,
  settle,
  registrationWorld,
} from '../../../../test/support/registration-world.ts';

describe('two nodes', () => {
  it('register once, and both calls go on', async () => {
    const { registrar, call, world } = registrationWorld();
    const other = world.node('192.0.2.2:5060');
    const calls = [call(), other.call()];
    await world.pass(600);

    expect(calls.map(({ heard }) => heard.outcome)).toEqual(['goes on', 'goes on']);
    expect([...registrar.sent, ...other.registrar.sent]).toEqual(['REGISTER 300 secret']);
    await world.pass(300_000);
    expect(other.registrar.sent).toEqual([]);
  });

  it('take over from one another when the owner dies, and take off what it has left', async () => {
    const { life, call, world, registrar } = registrationWorld();
    const other = world.node('192.0.2.2:5060');
    call();
    await settle();
    other.call();
    await world.pass(600);
    const before = registrar.sent.length;
    life.isDead = true;
    await world.pass(9_000);

    expect(other.registrar.sent).toEqual(['remove sip:c1@192.0.2.1:5060', 'REGISTER 300 secret']);
    expect([...world.book.rows.values()]).toMatchObject([
      { epoch: 2, contact: 'sip:c1@192.0.2.2:5060' },
    ]);
    expect(registrar.sent).toHaveLength(before);
  });

  it('hand the registration over when one has no calls any more', async () => {
    const { registrar, call, world, desk } = registrationWorld();
    const other = world.node('192.0.2.2:5060');
    const first = call();
    await settle();
    other.call();
    await world.pass(600);

    first.end();
    await world.pass(6_000);

    expect(registrar.sent).toEqual(['REGISTER 300 secret']);
    expect(other.registrar.sent).toEqual(['remove sip:c1@192.0.2.1:5060', 'REGISTER 300 secret']);
    expect(desk.size).toBe(0);
  });

  it('try on their own when the other could not refresh', async () => {
    const { registrar, call, world } = registrationWorld();
    const other = world.node('192.0.2.2:5060');
    call();
    await settle();
    registrar.script = [failed(503, 'SIP_REGISTRAR_DOWN')];
    await world.pass(54_000);
    other.registrar.script = [failed(500, 'SIP_REGISTRAR_DOWN')];
    const { heard } = other.call();
    await settle();

    expect(heard.outcome).toBe('SIP_REGISTRAR_DOWN');
  });

  it('fail a call that the other could not register in time', async () => {
    const { registrar, call, world } = registrationWorld();
    const other = world.node();
    registrar.gate = new Promise(() => undefined);
    call();
    await settle();
    const { heard } = other.call();
    await world.pass(12_000);

    expect(heard.outcome).toBe('SIP_REGISTER_TIMEOUT');
    expect(other.registrar.sent).toEqual([]);
  });

  it('let go of a registration that the other has taken', async () => {
    const { registrar, call, world } = registrationWorld();
    // The refresh would be due before the lease runs out by itself.
    registrar.script = [granted(5)];
    call();
    await settle();
    const [row] = [...world.book.rows.values()];
    Object.assign(row ?? {}, { node: ids.nodeId(), epoch: 2, leaseUntil: 1e9, grantedUntil: 1e9 });
    await world.pass(100_000);

    expect(registrar.sent).toHaveLength(1);
  });
});
