import { describe, expect, it } from 'vitest';
import { Secret } from '#foundation';
import { maskKey, normalisedTarget, targetHash } from './stream-target.ts';

describe('a target in one spelling', () => {
  const spellings = [
    { url: 'rtmp://media.example.org/live', target: 'media.example.org:1935/live' },
    { url: 'rtmp://MEDIA.example.org:1935/live/', target: 'media.example.org:1935/live' },
    { url: 'rtmp://user:word@media.example.org./live', target: 'media.example.org:1935/live' },
    { url: 'rtmps://media.example.org/live', target: 'media.example.org:443/live' },
    { url: 'rtmp://media.example.org:443/live', target: 'media.example.org:443/live' },
    { url: 'rtmp://media.example.org/Live', target: 'media.example.org:1935/Live' },
    { url: 'rtmp://media.example.org/live?a=b', target: 'media.example.org:1935/live?a=b' },
    { url: 'rtmp://[::1]:1936/live', target: '[::1]:1936/live' },
  ];

  it.each(spellings)('$url is $target', ({ url, target }) => {
    expect(normalisedTarget(url)).toBe(target);
  });
});

describe('the hash of a target', () => {
  const hash = (key: number, url: string, streamKey: string): string =>
    targetHash(Buffer.alloc(32, key), url, new Secret(streamKey)).toString('hex');

  it('depends on target, stream key and hash key', () => {
    const hashes = [
      hash(1, 'rtmp://a.example.org/live', 'one'),
      hash(1, 'rtmp://a.example.org/live', 'two'),
      hash(1, 'rtmp://b.example.org/live', 'one'),
      hash(2, 'rtmp://a.example.org/live', 'one'),
    ];

    expect(new Set(hashes).size).toBe(4);
    expect(hash(1, 'rtmps://A.example.org:1935/live/', 'one')).toBe(hashes[0]);
  });
});

describe('a masked key', () => {
  const masks = [
    { key: 'streamName', shown: 'str…me' },
    { key: 'ninechars', shown: 'nin…rs' },
    { key: 'eightchr', shown: '…' },
    { key: '', shown: '' },
  ];

  it.each(masks)('of $key is $shown', ({ key, shown }) => {
    expect(maskKey(new Secret(key))).toBe(shown);
  });
});
