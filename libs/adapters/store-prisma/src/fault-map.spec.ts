import { describe, expect, it } from 'vitest';
import { Fault } from '#domain';
import { BugError } from '#foundation';
import { toFault } from './fault-map.ts';

const errorWith = (fields: object, message = 'foreign'): Error =>
  Object.assign(new Error(message), fields);

describe('an error of the database', () => {
  const known = [
    { error: { code: '23505', constraint: 'calls_live_call_id_key' }, code: 'CALL_ID_IN_USE' },
    { error: { code: '23505', constraint: 'outputs_held_target_key' }, code: 'TARGET_IN_USE' },
    { error: { code: '08006' }, code: 'STORE_UNAVAILABLE' },
    { error: { code: '53300' }, code: 'STORE_UNAVAILABLE' },
    { error: { code: '57014' }, code: 'STORE_UNAVAILABLE' },
    { error: { code: '57P01' }, code: 'STORE_UNAVAILABLE' },
    { error: { code: '40P01' }, code: 'STORE_UNAVAILABLE' },
    { error: { code: '25P03' }, code: 'STORE_UNAVAILABLE' },
    { error: { code: 'ECONNREFUSED' }, code: 'STORE_UNAVAILABLE' },
    { error: { code: 'ENOTFOUND' }, code: 'STORE_UNAVAILABLE' },
    { error: { code: 'P1001' }, code: 'STORE_UNAVAILABLE' },
    { error: { code: '22P05' }, code: 'REQUEST_INVALID' },
    { error: { code: '28P01' }, code: 'CONFIG_INVALID' },
    { error: { code: '3D000' }, code: 'CONFIG_INVALID' },
    { error: { code: '42P01' }, code: 'CONFIG_INVALID' },
    { error: { code: 'P2021' }, code: 'CONFIG_INVALID' },
    {
      error: { code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: '57P01' } } } },
      code: 'STORE_UNAVAILABLE',
    },
  ];

  it.each(known)('$error is $code and keeps its cause', ({ error, code }) => {
    const foreign = errorWith(error);

    expect(toFault(foreign)).toMatchObject({ name: 'Fault', code, cause: foreign });
  });

  const texts = [
    'Connection terminated unexpectedly',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    '\nInvalid `prisma.call.groupBy()` invocation:\n\n\nConnection terminated due to connection timeout',
  ];

  it.each(texts)('that says %j is STORE_UNAVAILABLE', (text) => {
    expect(toFault(new Error(text))).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  const bugs = [
    errorWith({ code: '23505', constraint: 'events_one_end_key' }),
    errorWith({ code: '42601' }),
    new TypeError('x is not a function'),
    'a thrown text',
    null,
  ];

  it.each(bugs)('that no table knows is our bug: %s', (error) => {
    expect(toFault(error)).toBeInstanceOf(BugError);
  });

  it('that is already in our words stays as it is', () => {
    const fault = new Fault('CALL_NOT_FOUND');

    expect(toFault(fault)).toBe(fault);
  });
});
