/** What is known of a place to publish to. */
export interface Platform {
  readonly name: string;
  /** The shape of its address. */
  readonly url: string;
  /** Where its key is found. */
  readonly keyHint: string;
}

/** The places that most streams go to. */
export const PLATFORMS = {
  wowza: {
    name: 'Wowza',
    url: 'rtmp://YOUR_HOST:1935/live',
    keyHint: 'The stream name; user and password of the publisher go into the address.',
  },
  nginx: {
    name: 'nginx-rtmp',
    url: 'rtmp://YOUR_HOST:1935/live',
    keyHint: 'Any name: viewers ask for it.',
  },
  youtube: {
    name: 'YouTube',
    url: 'rtmps://a.rtmps.youtube.com/live2',
    keyHint: 'YouTube Studio, “Go live”, “Stream”. It wants a picture beside the sound.',
  },
  twitch: {
    name: 'Twitch',
    url: 'rtmps://ingest.global-contribute.live-video.net/app',
    keyHint: 'Creator Dashboard, “Settings”, “Stream”. It wants a picture beside the sound.',
  },
  facebook: {
    name: 'Facebook',
    url: 'rtmps://live-api-s.facebook.com:443/rtmp/',
    keyHint: 'Live Producer; a key ends with its broadcast. It wants a picture beside the sound.',
  },
  other: {
    name: 'Another server',
    url: '',
    keyHint: 'Leave it empty where the address ends in it.',
  },
} as const satisfies Record<string, Platform>;

export type PlatformId = keyof typeof PLATFORMS;

/** The platforms, in their order. */
export const PLATFORM_IDS = Object.keys(PLATFORMS) as readonly PlatformId[];
