import { describe, expect, it } from 'vitest';
import { platformFindings, platformOf } from './platform-rules.ts';
import type { Platform, PlatformFinding, StreamPlan } from './platform-rules.ts';

const AAC = { codec: 'aac', sampleRate: 44_100, channels: 1, bitrateKbps: 64 } as const;
const GOOD: StreamPlan = { secure: true, audio: AAC, video: { keyFrameSeconds: 2 } };

const rulesOf = (findings: readonly PlatformFinding[], level: PlatformFinding['level']) =>
  findings.filter((finding) => finding.level === level).map(({ rule }) => rule);
const broken = (platform: Platform, plan: Partial<StreamPlan>) =>
  rulesOf(platformFindings(platform, { ...GOOD, ...plan }), 'breaks');

describe('the platform of a host', () => {
  it.each<[string, Platform]>([
    ['a.rtmps.youtube.com', 'youtube'],
    ['B.RTMP.YouTube.com.', 'youtube'],
    ['live-api-s.facebook.com', 'facebook'],
    ['rtmp-api.facebook.com', 'facebook'],
    ['fra02.contribute.live-video.net', 'twitch'],
    ['ingest.twitch.tv', 'twitch'],
    ['0a1b2c.entrypoint.cloud.wowza.com', 'wowza'],
    ['notyoutube.com', 'generic'],
    ['youtube.com.evil.example', 'generic'],
    ['192.0.2.7', 'generic'],
  ])('%s is %s', (host, platform) => {
    expect(platformOf(host)).toBe(platform);
  });
});

describe('what a platform says of a stream', () => {
  it.each<Platform>(['youtube', 'facebook', 'twitch', 'wowza', 'generic'])(
    'nothing breaks at %s that has picture, TLS and AAC',
    (platform) => {
      expect(broken(platform, {})).toEqual([]);
    },
  );

  it.each<Platform>(['youtube', 'facebook', 'twitch'])('%s needs a picture', (platform) => {
    const findings = platformFindings(platform, { secure: true, audio: AAC });

    expect(findings[0]).toMatchObject({ level: 'breaks', rule: 'needsVideo' });
    expect(findings[0]?.text).toMatch(/without video/);
  });

  it.each<Platform>(['wowza', 'generic'])('%s takes sound alone', (platform) => {
    const findings = platformFindings(platform, { secure: true, audio: AAC });

    expect(rulesOf(findings, 'breaks')).toEqual([]);
  });

  it.each<[string, Platform, Partial<StreamPlan>, PlatformFinding['rule'][]]>([
    ['plain RTMP at Facebook', 'facebook', { secure: false }, ['needsTls']],
    ['plain RTMP at YouTube', 'youtube', { secure: false }, []],
    ['key frames every 10 s', 'twitch', { video: { keyFrameSeconds: 10 } }, ['keyFrames']],
    ['key frames every 3 s', 'youtube', { video: { keyFrameSeconds: 3 } }, []],
    ['16 kHz', 'youtube', { audio: { ...AAC, sampleRate: 16_000 } }, ['audioRate']],
    ['16 kHz at any server', 'generic', { audio: { ...AAC, sampleRate: 16_000 } }, []],
    ['Opus', 'wowza', { audio: { ...AAC, codec: 'opus', sampleRate: 48_000 } }, ['audioCodec']],
    ['300 kb/s', 'facebook', { audio: { ...AAC, bitrateKbps: 300 } }, ['audioBitrate']],
  ])('%s breaks %s where it must', (_what, platform, plan, rules) => {
    expect(broken(platform, plan)).toEqual(rules);
  });

  it('what breaks comes before advice, and says what to do', () => {
    const findings = platformFindings('facebook', {
      secure: false,
      audio: { ...AAC, sampleRate: 16_000 },
    });

    expect(findings.map(({ level }) => level)).toEqual(['breaks', 'breaks', 'breaks', 'advice']);
    expect(findings[0]?.text).toContain('rtmps://');
  });
});
