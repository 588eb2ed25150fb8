/** Whose rules hold: services that take RTMP and say what a stream has to be like. */
export const PLATFORMS = ['youtube', 'facebook', 'twitch', 'wowza', 'generic'] as const;

/** One of them. */
export type Platform = (typeof PLATFORMS)[number];

/** What a stream is going to be like. */
export interface StreamPlan {
  /** RTMP inside TLS. */
  readonly secure: boolean;
  readonly audio: {
    readonly codec: 'aac' | 'opus';
    /** Hz. */
    readonly sampleRate: number;
    readonly channels: number;
    readonly bitrateKbps: number;
  };
  /** Absent when there is no picture. */
  readonly video?: {
    /** Longest time between two key frames. */
    readonly keyFrameSeconds: number;
  };
}

/** What a platform has to say about a stream. */
export interface PlatformFinding {
  /** `breaks`: the platform refuses it or shows nothing; `advice`: it works, and could be better. */
  readonly level: 'breaks' | 'advice';
  /** Which rule, for programs. */
  readonly rule:
    | 'needsVideo'
    | 'needsTls'
    | 'prefersTls'
    | 'keyFrames'
    | 'audioCodec'
    | 'audioRate'
    | 'audioBitrate'
    | 'duration'
    | 'backup'
    | 'login';
  /** What is wrong and what to do, for people. */
  readonly text: string;
}

/** The limits of one platform. Where a figure is absent the platform names none. */
interface PlatformRules {
  readonly name: string;
  /** Ends of the host names of its ingest. */
  readonly hosts: readonly string[];
  readonly tls?: 'needed' | 'preferred';
  readonly needsVideo?: true;
  /** Seconds between key frames: what it wants, and what it stands at most. */
  readonly keyFrames?: { readonly wanted: number; readonly most: number };
  /** Only AAC, at 44.1 or 48 kHz. */
  readonly onlyAac?: true;
  readonly mostAudioKbps?: number;
  /** Said of every stream. */
  readonly notes?: readonly Pick<PlatformFinding, 'rule' | 'text'>[];
}

/**
 * What the services publish about their ingest.
 *
 * @see YouTube: support.google.com/youtube/answer/2853702 and liveStreams health status messages (gopSizeLong, noAudioStream);
 * Facebook: developers.facebook.com/docs/live-video-api; Twitch: help.twitch.tv broadcast guidelines;
 * Wowza: "Enable username/password authentication for RTMP publishing".
 */
const RULES: Readonly<Record<Platform, PlatformRules>> = {
  youtube: {
    name: 'YouTube',
    hosts: ['.youtube.com'],
    tls: 'preferred',
    needsVideo: true,
    keyFrames: { wanted: 2, most: 4 },
    onlyAac: true,
    notes: [
      {
        rule: 'backup',
        text: 'YouTube takes a second stream at its backup address; give it as the `backup` of this output.',
      },
    ],
  },
  facebook: {
    name: 'Facebook',
    hosts: ['.facebook.com', '.fbcdn.net'],
    tls: 'needed',
    needsVideo: true,
    keyFrames: { wanted: 2, most: 4 },
    onlyAac: true,
    mostAudioKbps: 256,
    notes: [{ rule: 'duration', text: 'Facebook ends a broadcast after 8 hours.' }],
  },
  twitch: {
    name: 'Twitch',
    hosts: ['.twitch.tv', '.live-video.net', '.justin.tv'],
    needsVideo: true,
    keyFrames: { wanted: 2, most: 4 },
    onlyAac: true,
    mostAudioKbps: 320,
    notes: [{ rule: 'duration', text: 'Twitch ends a broadcast after 48 hours.' }],
  },
  wowza: {
    name: 'Wowza',
    hosts: ['.wowza.com', '.wowza.cloud'],
    onlyAac: true,
    notes: [
      {
        rule: 'login',
        text: 'Wowza asks encoders for a user and a password unless its application is set to open: give `username` and `password`.',
      },
    ],
  },
  generic: { name: 'The server', hosts: [] },
};

const GOOD_RATES: readonly number[] = [44_100, 48_000];

/** The platform behind a host name, by the ends of the names that platforms publish. */
export function platformOf(host: string): Platform {
  const name = `.${host.toLowerCase().replace(/\.$/, '')}`;
  const known = Object.entries(RULES).find(([, { hosts }]) =>
    hosts.some((end) => name.endsWith(end)),
  );
  return (known?.[0] as Platform | undefined) ?? 'generic';
}

/** What the rules of a platform say of a stream: first what breaks it, then advice. */
export function platformFindings(platform: Platform, plan: StreamPlan): PlatformFinding[] {
  const rules = RULES[platform];
  const findings = [
    ...tlsFindings(rules, plan),
    ...videoFindings(rules, plan),
    ...audioFindings(rules, plan),
    ...(rules.notes ?? []).map((note): PlatformFinding => ({ level: 'advice', ...note })),
  ];
  return [
    ...findings.filter(({ level }) => level === 'breaks'),
    ...findings.filter(({ level }) => level === 'advice'),
  ];
}

function tlsFindings({ name, tls }: PlatformRules, { secure }: StreamPlan): PlatformFinding[] {
  if (secure || tls === undefined) return [];
  const text = `${name} takes RTMPS${tls === 'needed' ? ' only' : ' too'}: begin the URL with rtmps://.`;
  return tls === 'needed'
    ? [{ level: 'breaks', rule: 'needsTls', text }]
    : [{ level: 'advice', rule: 'prefersTls', text }];
}

function videoFindings({ name, needsVideo, keyFrames }: PlatformRules, plan: StreamPlan) {
  const findings: PlatformFinding[] = [];
  if (plan.video === undefined) {
    const text = `${name} shows nothing of a stream without video, and this one has none.`;
    if (needsVideo) findings.push({ level: 'breaks', rule: 'needsVideo', text });
  } else if (keyFrames !== undefined && plan.video.keyFrameSeconds > keyFrames.wanted) {
    const { wanted, most } = keyFrames;
    const text = `${name} wants a key frame every ${wanted} s, ${most} s at most.`;
    const level = plan.video.keyFrameSeconds > most ? 'breaks' : 'advice';
    findings.push({ level, rule: 'keyFrames', text });
  }
  return findings;
}

function audioFindings({ name, onlyAac, mostAudioKbps }: PlatformRules, { audio }: StreamPlan) {
  const findings: PlatformFinding[] = [];
  if (audio.codec === 'opus') {
    const text = onlyAac
      ? `${name} takes AAC, not Opus: leave \`media.audio.passthrough\` out.`
      : 'Opus needs a server with Enhanced RTMP; any other one gets AAC.';
    findings.push({ level: onlyAac ? 'breaks' : 'advice', rule: 'audioCodec', text });
  }
  if (audio.codec === 'aac' && !GOOD_RATES.includes(audio.sampleRate)) {
    const text = `${onlyAac ? `${name} wants` : 'Most servers and players want'} audio at 44100 or 48000 Hz: set \`media.audio.sampleRate\`.`;
    findings.push({ level: onlyAac ? 'breaks' : 'advice', rule: 'audioRate', text });
  }
  if (mostAudioKbps !== undefined && audio.bitrateKbps > mostAudioKbps) {
    const text = `${name} takes at most ${mostAudioKbps} kb/s of audio: lower \`media.audio.bitrateKbps\`.`;
    findings.push({ level: 'breaks', rule: 'audioBitrate', text });
  }
  return findings;
}
