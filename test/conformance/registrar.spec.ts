import { DrachtioDialer } from '#adapters/sip-drachtio';
import { SignallingServer } from '#adapters/sip-transport';
import type { Binding, SipAccount } from '#domain';
import { Secret, silentLogger, systemClock, systemRandom, systemTimers } from '#foundation';
import { RegistrarPeer } from '#testkit';
import { describe, expect, it, onTestFinished } from 'vitest';

const HOST = '127.0.0.1';
const SECRET = new Secret('conformance');
const CONTACT_USER = 'c0ffee';
const machine = {
  logger: silentLogger,
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom,
};

/** A registrar behind our signalling server, and how to register there. */
async function setup() {
  const server = new SignallingServer({
    control: { host: HOST, port: 0, secret: SECRET },
    sip: { host: HOST, port: 0 },
    // 64*T1 is 640 ms, so that a silent registrar is given up soon.
    timersConfig: { t1Ms: 10, t2Ms: 40, t4Ms: 50 },
    ...machine,
  });
  await server.start();
  onTestFinished(async () => await server.stop());
  const dialer = new DrachtioDialer({
    url: { ...server.controlAddress, secret: SECRET },
    ...machine,
  });
  await dialer.start();
  onTestFinished(async () => await dialer.stop());
  const registrar = await RegistrarPeer.listen({ user: 'login', password: 'hunter2' });
  onTestFinished(async () => await registrar.close());
  const bind = (password = 'hunter2', change: Partial<SipAccount> = {}): Binding =>
    dialer.registrar.bind(
      {
        ...{ user: 'studio', domain: 'sip.test', registrar: registrar.uri },
        auth: { username: 'login', password: new Secret(password) },
        ...change,
      },
      CONTACT_USER,
    );
  return { server, registrar, bind };
}

const isOurs = (contact: string): boolean => contact.startsWith(`sip:${CONTACT_USER}@${HOST}:`);

describe('an address over the whole signalling', () => {
  it('is registered, refreshed with one nonce, challenged anew, and taken off', async () => {
    const { registrar, bind, server } = await setup();
    const binding = bind();

    const first = await binding.register(300);
    await binding.register(300);
    registrar.forgetNonces();
    await binding.register(300);

    const [contact = ''] = [...registrar.bindings.keys()];
    expect(first).toEqual({ kind: 'registered', expiresSeconds: 300, contact });
    expect(isOurs(contact)).toBe(true);
    const grant = `200 +${contact} 300`;
    expect(registrar.decisions).toEqual(['401', grant, grant, '401', grant]);
    expect(registrar.mostBindings).toBe(1);

    await binding.remove();

    expect(registrar.bindings.size).toBe(0);
    expect(server.stats()).toMatchObject({ dialogs: 0 });
  });

  it('has the life that the registrar gives it, whatever other Contacts have', async () => {
    const { registrar, bind } = await setup();
    registrar.bindings.set('sip:somebody@192.0.2.1', { callId: 'x', sequence: 1 });
    registrar.grantSeconds = 45;

    expect(await bind().register(300)).toMatchObject({ expiresSeconds: 45 });
  });

  it('is told how long it has to be', async () => {
    const { registrar, bind } = await setup();
    registrar.minSeconds = 900;
    const binding = bind();

    expect(await binding.register(300)).toMatchObject({ status: 423, minExpiresSeconds: 900 });
    expect(await binding.register(900)).toMatchObject({ expiresSeconds: 900 });
  });

  it('takes the place of what another node has left', async () => {
    const { registrar, bind } = await setup();
    registrar.bindings.set('sip:c0ffee@192.0.2.1:5060', { callId: 'x', sequence: 1 });
    const binding = bind();

    await binding.register(300);
    await binding.remove('sip:c0ffee@192.0.2.1:5060');

    expect([...registrar.bindings.keys()].map(isOurs)).toEqual([true]);
  });

  it('goes through the outbound proxy, its domain untouched', async () => {
    const { registrar, bind } = await setup();
    const account = { registrar: 'sip:sip.test', outboundProxy: registrar.uri };

    expect(await bind('hunter2', account).register(300)).toMatchObject({ kind: 'registered' });
  });

  it('is refused with a wrong password after one answer', async () => {
    const { registrar, bind } = await setup();

    expect(await bind('guess').register(300)).toMatchObject({
      status: 401,
      fault: { code: 'SIP_REGISTER_REFUSED' },
    });
    expect(registrar.decisions).toEqual(['401', '401']);
    expect(registrar.bindings.size).toBe(0);
  });

  it.each([
    ['forbids it', { status: 403 }, 'SIP_REGISTER_REFUSED', 403],
    ['does not know it', { status: 404 }, 'SIP_REGISTER_REFUSED', 404],
    ['is broken', { status: 500 }, 'SIP_REGISTRAR_DOWN', 500],
    ['is silent', 'silence', 'SIP_REGISTER_TIMEOUT', 408],
  ] as const)('fails when the registrar %s', async (_name, behaviour, code, status) => {
    const { registrar, bind } = await setup();
    registrar.behaviour = behaviour;

    expect(await bind().register(300)).toMatchObject({ kind: 'failed', fault: { code }, status });
  });

  it('fails when nobody listens there', async () => {
    const { bind } = await setup();
    const gone = await RegistrarPeer.listen({ user: 'login', password: 'hunter2' });
    const registrar = `${gone.uri};transport=tcp`;
    await gone.close();

    expect(await bind('hunter2', { registrar }).register(300)).toMatchObject({
      fault: { code: 'SIP_REGISTRAR_DOWN' },
    });
  });
});
