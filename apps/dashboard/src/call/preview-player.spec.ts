import { describe, expect, it } from 'vitest';
import { playerProblem } from './preview-player.ts';

describe('what a player that gave up says', () => {
  it('is why the API has refused', () => {
    expect(playerProblem('NetworkError', 'HttpStatusCodeInvalid', 409)).toBe(
      'The call has nothing on air to listen to now.',
    );
    expect(playerProblem('NetworkError', 'HttpStatusCodeInvalid', 502)).toBe(
      'The API refused with status 502.',
    );
  });

  it('is that the stream has ended', () => {
    const ended = 'The stream has ended: the call is over, or has moved to another node.';

    expect(playerProblem('NetworkError', 'UnrecoverableEarlyEof', 0)).toBe(ended);
    expect(playerProblem('NetworkError', 'EarlyEof', 0)).toBe(ended);
  });

  it('is who is to blame for the rest', () => {
    expect(playerProblem('NetworkError', 'Exception', 0)).toBe('The API cannot be reached.');
    expect(playerProblem('MediaError', 'FormatUnsupported', 0)).toBe(
      'This browser cannot play the sound of the call.',
    );
  });
});
