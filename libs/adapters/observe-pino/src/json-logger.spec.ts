import { describe, expect, it } from 'vitest';
import { Secret } from '#foundation';
import { openLogger } from './json-logger.ts';
import type { LogLevel } from './json-logger.ts';

function setup(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const logger = openLogger({
    level,
    fields: { service: 'api' },
    destination: { write: (line) => void lines.push(line) },
  });
  const first = () => JSON.parse(lines[0] ?? '{}') as Record<string, unknown>;
  return { lines, logger, first };
}

describe('the JSON logger', () => {
  it('writes one object a line with level, time and event', () => {
    const { lines, logger, first } = setup();

    logger.info('call.answered', { callId: 'call_1', ms: 12 });

    expect(lines[0]?.endsWith('\n')).toBe(true);
    expect(first()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
      service: 'api',
      callId: 'call_1',
      ms: 12,
      event: 'call.answered',
    });
  });

  it('leaves out what is below its level', () => {
    const { lines, logger } = setup('warn');

    logger.debug('a');
    logger.info('b');
    logger.warn('c');

    expect(lines).toHaveLength(1);
  });

  it('adds the fields of a child to its lines', () => {
    const { logger, first } = setup();

    logger.child({ callId: 'call_1', password: 'hunter2' }).warn('x.y');

    expect(first()).toMatchObject({ callId: 'call_1', password: '[secret]', event: 'x.y' });
  });

  it('does not let fields replace the parts of the line', () => {
    const { lines, logger, first } = setup();

    logger.info('real', { event: 'forged', level: 'error', time: 0 });

    expect(first()).toMatchObject({ event: 'real', level: 'info', _event: 'forged' });
    expect(lines[0]?.match(/"event"/g)).toHaveLength(1);
  });

  it('survives circles, big numbers, maps and bytes', () => {
    const { logger, first } = setup();
    const circle: Record<string, unknown> = {
      count: 5n,
      at: new Date(0),
      bytes: new Uint8Array(3),
    };
    circle['self'] = circle;
    circle['map'] = new Map([['a', 1]]);

    logger.info('odd', { circle });

    expect(first()['circle']).toMatchObject({
      count: '5',
      at: '1970-01-01T00:00:00.000Z',
      bytes: '[3 bytes]',
      map: { a: 1 },
    });
  });
});

describe('secrets in log lines', () => {
  const CANARY = 'cAnArY9173';
  const cases: readonly { name: string; fields: Record<string, unknown> }[] = [
    { name: 'a Secret', fields: { anything: new Secret(CANARY) } },
    { name: 'a telling name', fields: { sipPassword: CANARY } },
    { name: 'a telling name deep inside', fields: { a: [{ b: { streamKey: CANARY } }] } },
    {
      name: 'a Secret, and fields of such names, however deep',
      fields: {
        a: [{ b: new Map([['c', { d: [new Secret(CANARY), { password: CANARY }] }]]) }],
        e: new Set([{ f: { streamKey: { raw: CANARY }, authorization: [CANARY] } }]),
        g: { h: { i: { j: { k: { l: { m: { n: CANARY } } } } } } },
        cause: new Error('x', { cause: { request: { headers: { authorization: CANARY } } } }),
      },
    },
    { name: 'a header', fields: { headers: { Authorization: `Bearer ${CANARY}` } } },
    { name: 'a Bearer key in a text', fields: { note: `sent Bearer ${CANARY}` } },
    { name: 'a password in a URL', fields: { url: `postgres://user:${CANARY}@host/db` } },
    { name: 'a password in a SIP URI', fields: { to: `sip:user:${CANARY}@host` } },
    { name: 'a stream key in an RTMP URL', fields: { url: `rtmp://host/live/${CANARY}` } },
    { name: 'a token in an RTMP URL', fields: { url: `rtmp://host/live?t=${CANARY}` } },
    { name: 'an error', fields: { error: new Error(`no rtmp://a:${CANARY}@host/live`) } },
    {
      name: 'the cause of an error',
      fields: { error: new Error('x', { cause: { password: CANARY } }) },
    },
  ];

  it.each(cases)('hides $name', ({ fields }) => {
    const { lines, logger } = setup();

    logger.error('leak.tried', fields);

    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('[secret]');
    expect(lines[0]).not.toContain(CANARY);
  });
});
