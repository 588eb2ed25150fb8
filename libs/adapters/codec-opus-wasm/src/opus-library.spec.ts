import { describe, expect, it } from 'vitest';
import { OpusLibrary, compileOpus, startOpus } from './opus-library.ts';

const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);

function setup() {
  const module = compileOpus();
  let exports = startOpus(module, () => undefined);
  const library = new OpusLibrary((onGrown) => (exports = startOpus(module, onGrown)));
  const state = library.open(1);
  const memory = new Int32Array(exports.memory.buffer);
  const damage = (word: number, value: number) => (memory[state.pointer / 4 + word] = value);
  return { library, state, damage, stack: () => exports.stackSave() };
}

describe('a state of libopus that is broken', () => {
  it.each([
    { name: 'that it reads outside its memory', word: 0, value: 0x7fff_fff0 },
    { name: 'that it finds itself out and gives up', word: 2, value: 5 },
  ])('so $name fails once and is as good as new', ({ word, value }) => {
    const { library, state, damage, stack } = setup();
    const before = stack();
    damage(word, value);

    expect(library.decode(state, SILENCE)).toBeLessThan(0);
    expect(stack()).toBe(before);
    expect(library.decode(state, SILENCE)).toBe(960);
  });
});
