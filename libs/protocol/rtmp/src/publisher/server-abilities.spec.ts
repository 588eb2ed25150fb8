import { describe, expect, it } from 'vitest';
import { readAbilities } from './server-abilities.ts';

describe('what a server says it can do', () => {
  it('is nothing for a server of old', () => {
    const abilities = readAbilities([{ fmsVer: 'FMS/3,0,1,123' }, { level: 'status' }]);

    expect(abilities).toEqual({ audioFourCcs: new Map(), videoFourCcs: new Map(), capsEx: 0 });
  });

  it('is read from either object, plain or as an ECMA array', () => {
    const abilities = readAbilities([
      { capsEx: 1, fourCcList: ['av01', 7] },
      new Map<string, unknown>([
        ['audioFourCcInfoMap', new Map([['Opus', 5]])],
        ['videoFourCcInfoMap', { '*': 4, av01: 4 }],
        ['capsEx', 2],
      ]),
    ]);

    expect(abilities.audioFourCcs).toEqual(new Map([['Opus', 5]]));
    expect(abilities.videoFourCcs).toEqual(
      new Map([
        ['av01', 5],
        ['*', 4],
      ]),
    );
    expect(abilities.capsEx).toBe(3);
  });

  it('is read from the list of old, by kind', () => {
    const abilities = readAbilities([{ fourCcList: ['Opus', 'hvc1', '*'] }]);

    expect([...abilities.audioFourCcs]).toEqual([
      ['Opus', 1],
      ['*', 1],
    ]);
    expect([...abilities.videoFourCcs]).toEqual([
      ['hvc1', 1],
      ['*', 1],
    ]);
  });

  it('is bounded, and leaves out what is no mask or no name', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`c${i}`, 1]));
    const wrong = { Opus: 'yes', 'a very long name': 1, ec3: -1, flac: 1.5 };

    expect(readAbilities([{ audioFourCcInfoMap: many }]).audioFourCcs.size).toBe(32);
    expect(readAbilities([{ audioFourCcInfoMap: wrong, capsEx: '1' }])).toEqual(readAbilities([]));
    expect(readAbilities([null, 3, 'x'])).toEqual(readAbilities([]));
  });
});
