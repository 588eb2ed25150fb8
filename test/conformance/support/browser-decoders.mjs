// Runs in a browser: decodes FLV of AAC, once without a player, once by mpegts.js and MediaSource.
const { AudioDecoder, EncodedAudioChunk, document, fetch, mpegts } = globalThis;

const FILE_HEADER = 13;
const TAG_HEADER = 11;

/** The audio bodies of an FLV file: the first is the configuration. */
function* audioOf(flv) {
  const view = new DataView(flv);
  for (let at = FILE_HEADER; at < flv.byteLength;) {
    const size = view.getUint32(at) & 0xffffff;
    const timeMs = view.getUint32(at + 4) >>> 8;
    yield { timeMs, data: new Uint8Array(flv, at + TAG_HEADER + 2, size - 2) };
    at += TAG_HEADER + size + 4;
  }
}

/** Decodes raw frames by WebCodecs. */
async function decodeFlv({ path, sampleRate, numberOfChannels }) {
  const [{ data: description }, ...chunks] = audioOf(await (await fetch(path)).arrayBuffer());
  const result = { path, samples: 0, outputs: 0, errors: [] };
  const decoder = new AudioDecoder({
    output: (sound) => {
      result.outputs += 1;
      result.samples += sound.numberOfFrames;
      const same = sound.sampleRate === sampleRate && sound.numberOfChannels === numberOfChannels;
      if (!same) result.errors.push(`${sound.sampleRate} Hz x ${sound.numberOfChannels}`);
      sound.close();
    },
    error: (error) => result.errors.push(String(error)),
  });
  decoder.configure({ codec: 'mp4a.40.2', description, sampleRate, numberOfChannels });
  for (const { timeMs, data } of chunks) {
    decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: 1000 * timeMs, data }));
  }
  await decoder.flush().catch((error) => result.errors.push(String(error)));
  if (decoder.state !== 'closed') decoder.close();
  return result;
}

globalThis.decodeAll = async (streams) => {
  const results = [];
  for (const stream of streams) results.push(await decodeFlv(stream));
  return results;
};

/** Plays an FLV file to its end, as fast as the player goes. */
globalThis.playFlv = (path) =>
  new Promise((resolve) => {
    const audio = document.createElement('audio');
    const player = mpegts.createPlayer(
      { type: 'flv', url: path, hasVideo: false, isLive: false },
      { enableWorker: false, lazyLoad: false },
    );
    const finish = (problem) => {
      const { currentTime, duration } = audio;
      player.destroy();
      resolve({ problem, currentTime, duration });
    };
    player.on(mpegts.Events.ERROR, (...details) => finish(JSON.stringify(details)));
    audio.addEventListener('error', () => finish(audio.error.message));
    audio.addEventListener('ended', () => finish(undefined));
    player.attachMediaElement(audio);
    player.load();
    audio.playbackRate = 8;
    player.play().catch((error) => finish(String(error)));
  });
