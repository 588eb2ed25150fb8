import { describe, expect, it } from 'vitest';
import { UsageError, parseArguments } from './arguments.ts';

describe('the command line', () => {
  it.each([
    { argv: ['start'], expected: { command: 'start', workers: 1, isOnce: false } },
    {
      argv: ['start', '--workers', '3'],
      expected: { command: 'start', workers: 3, isOnce: false },
    },
    { argv: ['dev', '--workers=2'], expected: { command: 'dev', workers: 2, isOnce: false } },
    { argv: ['demo', '--once'], expected: { command: 'demo', workers: 1, isOnce: true } },
    {
      argv: ['doctor', 'rtmp://host/live', '--username', 'studio', '--platform', 'wowza'],
      expected: {
        command: 'doctor',
        url: 'rtmp://host/live',
        username: 'studio',
        platform: 'wowza',
      },
    },
  ])('$argv is understood', ({ argv, expected }) => {
    expect(parseArguments(argv)).toEqual(expected);
  });

  it.each([
    { argv: [] },
    { argv: ['fly'] },
    { argv: ['start', 'now'] },
    { argv: ['start', '--workers', '0'] },
    { argv: ['start', '--workers', '1.5'] },
    { argv: ['start', '--workers', 'many'] },
    { argv: ['start', '--once'] },
    { argv: ['demo', '--twice'] },
    { argv: ['demo', '--username', 'studio'] },
    { argv: ['doctor'] },
    { argv: ['doctor', 'rtmp://host/live', 'key'] },
    { argv: ['doctor', 'rtmp://user:word@host/live'] },
    { argv: ['doctor', 'rtmp://host/live', '--platform', 'myspace'] },
    { argv: ['doctor', 'rtmp://host/live', '--once'] },
  ])('$argv is refused', ({ argv }) => {
    expect(() => parseArguments(argv)).toThrow(UsageError);
  });
});
