import { describe, expect, it } from 'vitest';
import { EMPTY_DRAFT, EMPTY_OUTPUT, bodyOf, errorAt, isComplete } from './call-draft.ts';

const OUTPUT = { ...EMPTY_OUTPUT, url: ' rtmp://live.example.com/live ' };
const DRAFT = { ...EMPTY_DRAFT, to: ' sip:room@example.com', outputs: [OUTPUT] };

describe('a call that is filled in', () => {
  it('leaves to the API what is empty', () => {
    expect(bodyOf(DRAFT)).toEqual({
      to: 'sip:room@example.com',
      outputs: [{ url: 'rtmp://live.example.com/live' }],
    });
  });

  it('names all that was given, secrets as they are', () => {
    const outputs = [{ ...OUTPUT, streamKey: ' key ' }];
    const draft = { ...DRAFT, callId: 'show', trunk: 'acme', dtmf: 'ww1', username: 'me', outputs };

    expect(bodyOf({ ...draft, password: ' p ' })).toEqual({
      ...{ to: 'sip:room@example.com', callId: 'show', trunk: 'acme', dtmf: 'ww1' },
      auth: { username: 'me', password: ' p ' },
      outputs: [{ url: 'rtmp://live.example.com/live', streamKey: ' key ' }],
    });
  });

  it.each([
    [DRAFT, true],
    [{ ...DRAFT, to: ' ' }, false],
    [{ ...DRAFT, outputs: [OUTPUT, EMPTY_OUTPUT] }, false],
  ])('is complete with a callee and an address for each output', (draft, complete) => {
    expect(isComplete(draft)).toBe(complete);
  });
});

describe('what the API says', () => {
  it.each([
    ['outputs.0.url', 'outputs.0.url', 'bad'],
    ['outputs[0].url', 'outputs.0.url', 'bad'],
    ['outputs.1.url', 'outputs.0.url', undefined],
  ])('of %s is looked for at %s', (path, at, found) => {
    expect(errorAt([{ path, message: 'bad' }], at)).toBe(found);
  });
});
