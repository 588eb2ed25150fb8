import { MAX_CHANNEL_BANDS, SHORT_BINS } from '../frame/channel-frame.ts';

/** How the windows of a frame are grouped. */
export interface WindowGroups {
  readonly groupCount: number;
  readonly groupLengths: Uint8Array;
}

/** The bands of a frame in the order of transmission; the same for both channels. */
export class BandList {
  /** `groupCount * bandsPerGroup`. */
  count = 0;
  bandsPerGroup = 0;
  /** Bins of all bands. */
  binCount = 0;
  /** Where a band begins and ends among the 1024 bins of a channel. */
  readonly starts = new Uint16Array(MAX_CHANNEL_BANDS);
  readonly ends = new Uint16Array(MAX_CHANNEL_BANDS);
  /** Windows that a band goes over. */
  readonly windows = new Uint8Array(MAX_CHANNEL_BANDS);

  /** @param offsets Of the frame's windows. */
  fill(groups: WindowGroups, offsets: Uint16Array, bandsPerGroup: number): void {
    let band = 0;
    let first = 0;
    this.binCount = 0;
    for (let group = 0; group < groups.groupCount; group += 1) {
      const windows = groups.groupLengths[group] ?? 0;
      for (let sfb = 0; sfb < bandsPerGroup; sfb += 1) {
        this.starts[band] = first * SHORT_BINS + windows * (offsets[sfb] ?? 0);
        this.ends[band] = first * SHORT_BINS + windows * (offsets[sfb + 1] ?? 0);
        this.windows[band] = windows;
        band += 1;
      }
      this.binCount += windows * (offsets[bandsPerGroup] ?? 0);
      first += windows;
    }
    this.count = band;
    this.bandsPerGroup = bandsPerGroup;
  }
}
