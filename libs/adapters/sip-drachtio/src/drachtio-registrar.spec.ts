import type { Binding, RegisterOutcome, SipAccount } from '#domain';
import { BugError, Secret, silentLogger } from '#foundation';
import { FakeDrachtioServer, SeededRandom, VirtualTime, digestProblem } from '#testkit';
import type { AppCommand, FakeResponse } from '#testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DrachtioDialer } from './index.ts';

const ACCOUNT: SipAccount = {
  user: 'studio',
  domain: 'sip.test',
  registrar: 'sip:sip.test',
  auth: { username: 'login', password: new Secret('hunter2') },
};
const ME = 'a1b2c3';
const ASKS = 'Digest realm="sip.test", qop="auth", nonce=';

async function setup() {
  const server = await FakeDrachtioServer.listen();
  const time = new VirtualTime();
  const dialer = new DrachtioDialer({
    url: { host: '127.0.0.1', port: server.port, secret: new Secret('cymru') },
    logger: silentLogger,
    clock: time,
    timers: time,
    random: new SeededRandom(1),
    heartbeatMs: 3_600_000,
  });
  let connections = 0;
  dialer.registrar.onConnected(() => (connections += 1));
  onTestFinished(async () => {
    await server.close();
    await dialer.stop();
    expect(time.pendingCount).toBe(0);
  });
  await dialer.start();
  const bind = (change: Partial<SipAccount> = {}): Binding =>
    dialer.registrar.bind({ ...ACCOUNT, ...change }, ME);
  /** Answers one REGISTER after the other; returns them as they came. */
  const answer = async (...responses: FakeResponse[]): Promise<AppCommand[]> => {
    const commands: AppCommand[] = [];
    for (const response of responses) {
      const command = await server.next('REGISTER');
      commands.push(command);
      server.respond(server.take(command), { isBare: true, ...response });
    }
    return commands;
  };
  /** What comes of a REGISTER that is answered like this. */
  const outcome = async (...responses: FakeResponse[]): Promise<RegisterOutcome> => {
    const settled = bind().register(300);
    await answer(...responses);
    return await settled;
  };
  return { server, time, dialer, bind, answer, outcome, connectionCount: () => connections };
}

const ours = (params: string): string => `Contact: <sip:${ME}@127.0.0.1:5060>${params}`;

describe('a registration', () => {
  it('names the account, a Contact of its own and how long it wants it', async () => {
    const { bind, answer } = await setup();

    const settled = bind().register(300);
    const [command] = await answer({ status: '200 OK', headers: [ours(';expires=120')] });

    expect(await settled).toEqual({
      kind: 'registered',
      expiresSeconds: 120,
      contact: `sip:${ME}@127.0.0.1:5060`,
    });
    expect(command?.uri).toBe('sip:sip.test');
    expect(command?.headers.get('to')).toBe('<sip:studio@sip.test>');
    expect(command?.headers.get('from')).toMatch(/^<sip:studio@sip\.test>;tag=[\da-f]{16}$/);
    expect(command?.headers.get('contact')).toBe(`<sip:${ME}@localhost>;expires=300`);
    expect(command?.headers.get('expires')).toBe('300');
    expect(command?.headers.get('cseq')).toBe('1 REGISTER');
    expect(command?.proxy).toBe('');
  });

  it('keeps its Call-ID, counts its CSeq and uses the nonce on, until it is taken off', async () => {
    const { bind, answer } = await setup();
    const binding = bind();
    const ok = { status: '200 OK', headers: [ours(';expires=60')] };
    const asks = { status: '401 Unauthorized', headers: [`WWW-Authenticate: ${ASKS}"n1"`] };
    const asksAnew = { status: '401 Unauthorized', headers: [`WWW-Authenticate: ${ASKS}"n2"`] };

    const first = binding.register(300);
    const commands = await answer(asks, ok);
    expect((await first).kind).toBe('registered');
    const second = binding.register(300);
    commands.push(...(await answer(ok)));
    expect((await second).kind).toBe('registered');
    // A registrar that has forgotten its nonces asks again, and does not call them stale.
    const third = binding.register(300);
    commands.push(...(await answer(asksAnew, ok)));
    expect((await third).kind).toBe('registered');
    const removed = binding.remove();
    commands.push(...(await answer(ok)));
    await removed;

    const header = (name: string): (string | undefined)[] =>
      commands.map((command) => command.headers.get(name));
    expect(header('cseq')).toEqual([1, 2, 3, 4, 5, 6].map((n) => `${n} REGISTER`));
    expect(new Set(header('call-id')).size).toBe(1);
    expect(new Set(header('from')).size).toBe(1);
    const problems = [
      { at: 1, nonce: 'n1', nonceCount: 1 },
      { at: 2, nonce: 'n1', nonceCount: 2 },
      { at: 3, nonce: 'n1', nonceCount: 3 },
      { at: 4, nonce: 'n2', nonceCount: 1 },
      { at: 5, nonce: 'n2', nonceCount: 2 },
    ].map(({ at, ...use }) =>
      digestProblem(header('authorization')[at] ?? '', {
        ...{ method: 'REGISTER', uri: 'sip:sip.test', qop: 'auth', realm: 'sip.test' },
        ...{ username: 'login', password: 'hunter2', ...use },
      }),
    );
    expect(problems).toEqual(Array.from({ length: 5 }));
    expect(header('contact').at(-1)).toBe(`<sip:${ME}@localhost>;expires=0`);
    expect(header('expires').at(-1)).toBe('0');
  });

  it('goes through the outbound proxy, and its answer to whoever asked', async () => {
    const { bind, answer } = await setup();

    const settled = bind({ outboundProxy: 'sip:pool.test;transport=tcp' }).register(300);
    const [first, second] = await answer(
      { status: '407 Proxy Authentication Required', headers: [`Proxy-Authenticate: ${ASKS}"n1"`] },
      { status: '200 OK' },
    );
    await settled;

    expect(first?.proxy).toBe('sip:pool.test;transport=tcp');
    expect(first?.headers.get('contact')).toContain(`<sip:${ME}@localhost;transport=tcp>`);
    expect(second?.proxy).toBe('sip:127.0.0.1:5999;transport=tcp');
    expect(second?.headers.get('proxy-authorization')).toContain('nonce="n1"');
  });

  it('is sips: where the registrar is', async () => {
    const { bind, answer } = await setup();

    const settled = bind({ registrar: 'sips:sip.test' }).register(300);
    const [command] = await answer({ status: '200 OK' });
    await settled;

    expect(command?.headers.get('contact')).toContain(`<sips:${ME}@localhost>`);
    expect(command?.headers.get('to')).toBe('<sips:studio@sip.test>');
  });

  it('takes off what a node before has left, and nothing that is no address', async () => {
    const { bind, answer, server } = await setup();
    const binding = bind();

    await binding.remove('sip:a>b|c');
    const removed = binding.remove('sip:a1b2c3@192.0.2.7:5060');
    const [command] = await answer({ status: '200 OK' });
    await removed;

    expect(command?.headers.get('contact')).toBe('<sip:a1b2c3@192.0.2.7:5060>;expires=0');
    expect(server.commands).toHaveLength(1);
  });

  it.each([
    ['its own among those of others', [ours(';expires=50'), 'Contact: <sip:x@h>;expires=9'], 50],
    ['one in a list', [`Contact: "a, b" <sip:x@h>;expires=9, <sip:${ME}@nat>;EXPIRES=40`], 40],
    ['its own before Expires', ['Expires: 10', ours(';expires=50')], 50],
    ['Expires, when its own says nothing', ['Expires: 70', ours('')], 70],
    ['Expires, when it is not listed', ['Expires: 70', 'Contact: <sip:x@h>;expires=9'], 70],
    ['what was asked for, when nothing is said', [ours('')], 300],
    ['what was asked for, when it is no number', [ours(';expires=soon')], 300],
    ['its own, whatever the others are', ['Contact: <<>>', ours(';expires=50')], 50],
    ['the longest that can be written', [ours(';expires=4294967295')], 4_294_967_295],
  ])('lasts for %s', async (_name, headers, expiresSeconds) => {
    const { outcome } = await setup();

    expect(await outcome({ status: '200 OK', headers })).toMatchObject({ expiresSeconds });
  });
});

describe('a registration fails', () => {
  it.each([
    ['403 Forbidden', {}, 'SIP_REGISTER_REFUSED', 403],
    ['404 Not Found', {}, 'SIP_REGISTER_REFUSED', 404],
    ['302 Moved Temporarily', {}, 'SIP_REGISTER_REFUSED', 302],
    ['401 Unauthorized', {}, 'SIP_REGISTER_REFUSED', 401],
    ['500 Server Error', {}, 'SIP_REGISTRAR_DOWN', 500],
    ['503 Service Unavailable', { isLocal: true }, 'SIP_REGISTRAR_DOWN', 503],
    ['408 Request Timeout', { isLocal: true }, 'SIP_REGISTER_TIMEOUT', 408],
  ])('with %s %o', async (status, how, code, number) => {
    const { outcome } = await setup();

    const failed = await outcome({ status, ...how });

    expect(failed).toMatchObject({ kind: 'failed', status: number, fault: { code } });
    expect(failed.kind === 'failed' && failed.fault.detail).toContain(`REGISTER: ${status}`);
  });

  it('when the password is wrong, after one answer and without showing it', async () => {
    const { outcome } = await setup();
    const asks = (nonce: string): FakeResponse => ({
      status: '401 Unauthorized',
      headers: [`WWW-Authenticate: ${ASKS}"${nonce}"`],
    });

    const failed = await outcome(asks('n1'), asks('n2'));

    expect(failed).toMatchObject({ status: 401, fault: { code: 'SIP_REGISTER_REFUSED' } });
    expect(failed.kind === 'failed' && failed.fault.detail).toBe(
      'REGISTER: 401 Unauthorized; the credentials were refused',
    );
  });

  it('and tells what the registrar wants', async () => {
    const { outcome } = await setup();

    expect(
      await outcome({ status: '423 Interval Too Brief', headers: ['Min-Expires: 1800'] }),
    ).toMatchObject({ status: 423, minExpiresSeconds: 1800, retryAfterSeconds: 0 });
    expect(
      await outcome({ status: '503 Busy', headers: ['Retry-After: 120 (maintenance)'] }),
    ).toMatchObject({ status: 503, minExpiresSeconds: null, retryAfterSeconds: 120 });
    expect(await outcome({ status: '200 OK', headers: [ours(';expires=0')] })).toMatchObject({
      kind: 'failed',
      fault: { code: 'SIP_REGISTER_REFUSED' },
    });
  });

  it('when nothing comes for 8 s', async () => {
    const { bind, server, time } = await setup();

    const settled = bind().register(300);
    server.take(await server.next('REGISTER'));
    time.advance(8_000);

    expect(await settled).toMatchObject({ status: null, fault: { code: 'SIP_REGISTER_TIMEOUT' } });
  });

  it('when the signalling server is lost, or was not there', async () => {
    const { bind, server, time, dialer, connectionCount } = await setup();
    const binding = bind();

    const settled = binding.register(300);
    server.take(await server.next('REGISTER'));
    server.dropConnections();
    const lost = { status: null, fault: { code: 'SIP_SIGNALLING_LOST' } };
    expect(await settled).toMatchObject(lost);
    expect(dialer.registrar.isConnected).toBe(false);
    expect(await binding.register(300)).toMatchObject(lost);
    await binding.remove();

    time.advance(250);
    await server.until(() => server.connectionCount === 2);
    await expect.poll(connectionCount).toBe(2);
    expect(dialer.registrar.isConnected).toBe(true);
  });

  it.each([
    ['a line break in the registrar', { registrar: 'sip:a\r\nX: 1' }],
    ['a user in the registrar', { registrar: 'sip:bob@sip.test' }],
    ['a field mark in the proxy', { outboundProxy: 'sip:a|b' }],
    ['a line break in the user', { user: 'a\r\nX: 1' }],
    ['a bracket in the domain', { domain: 'a>b' }],
  ])('as a bug of ours with %s', async (_name, change) => {
    const { bind } = await setup();

    expect(() => bind(change)).toThrow(BugError);
  });
});
