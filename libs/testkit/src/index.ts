export { callStats } from './call-stats.ts';
export { FakeFigures } from './fake-figures.ts';
export { TestCa } from './certificates.ts';
export type { CertificateRequest, TestCertificate } from './certificates.ts';
export { DnsStub } from './dns/dns-stub.ts';
export type { DnsStubZone } from './dns/dns-stub.ts';
export { FakeDrachtioServer } from './drachtio/fake-drachtio-server.ts';
export type { AppCommand, FakeResponse, FakeTransaction } from './drachtio/fake-drachtio-server.ts';
export { FakeAnnouncements } from './fake-announcements.ts';
export { FakeCallQueue } from './fake-call-queue.ts';
export { FakeEventFeed } from './fake-event-feed.ts';
export { FakeEventOutlet } from './fake-event-outlet.ts';
export { KeyReceiver } from './key-receiver.ts';
export type { HeardKey } from './key-receiver.ts';
export { SeededRandom } from './seeded-random.ts';
export { VirtualTime } from './virtual-time.ts';
export { LossyNetwork } from './sip/lossy-network.ts';
export { planUri } from './sip/scripted-call.ts';
export type { CallPlan, CallScript } from './sip/scripted-call.ts';
export { ScriptedClient } from './sip/scripted-client.ts';
export type { NetworkQuality } from './sip/lossy-network.ts';
export { MemoryOutlet } from './sip/memory-outlet.ts';
export type { SentMessage } from './sip/memory-outlet.ts';
export { digestProblem } from './sip/digest-verifier.ts';
export type { ExpectedDigest } from './sip/digest-verifier.ts';
export { RegistrarPeer } from './sip/registrar-peer.ts';
export { arrivalFrom, sipRequest, sipResponse } from './sip/sip-messages.ts';
export type { RequestParts, TestResponseParts } from './sip/sip-messages.ts';
export { startSippCallee } from './sipp/sipp-callee.ts';
export type { SippCallee, SippCalleeOptions } from './sipp/sipp-callee.ts';
export { makeCallAudio, makeSpeech } from './speech.ts';
export type { CallAudioOptions } from './speech.ts';
export { dominantToneHz, toneShare } from './goertzel.ts';
export { decodeOgg, encodeOgg, oggPackets, speak } from './ogg.ts';
export type { OggEncoding } from './ogg.ts';
export { PcmAacEncoder } from './pcm-aac-encoder.ts';
export { TroubleMaker, trouble } from './rtp/network-trouble.ts';
export type { LossBursts, NetworkTrouble, TroubledDeliveries } from './rtp/network-trouble.ts';
export { l16Encoder } from './rtp/payload-encoders.ts';
export type { PayloadEncoder } from './rtp/payload-encoders.ts';
export { playDeliveries } from './rtp/play-deliveries.ts';
export { RtpSource } from './rtp/rtp-source.ts';
export type { ComfortNoiseOptions, Delivery, RtpSourceOptions } from './rtp/rtp-source.ts';
export { callSign, channelsOf, repeated, tone, voice } from './rtp/signals.ts';
export type { Signal } from './rtp/signals.ts';
export { TroubleLedger } from './rtp/trouble-ledger.ts';
export type { PacketFate } from './rtp/trouble-ledger.ts';
export { UdpRelay } from './rtp/udp-relay.ts';
export { splitAdts } from './rtmp/adts.ts';
export type { AdtsStream } from './rtmp/adts.ts';
export { startNginxRtmp } from './rtmp/nginx-rtmp.ts';
export type { NginxRtmp, NginxRtmpOptions } from './rtmp/nginx-rtmp.ts';
export type { PeerBehaviour, PeerStatus, PeerStep } from './rtmp/peer-connection.ts';
export { RtmpPeer } from './rtmp/rtmp-peer.ts';
export type { PeerTag } from './rtmp/rtmp-peer.ts';
export { ScriptedNames } from './sip/scripted-names.ts';
export type { ScriptedZone } from './sip/scripted-names.ts';
export { ScriptedRoutes, SipLab } from './sip/sip-lab.ts';
export { startBaresip } from './baresip/baresip.ts';
export type { Baresip, BaresipAccount, BaresipOptions } from './baresip/baresip.ts';
export type { BaresipEvent } from './baresip/baresip-control.ts';
export { startKamailio } from './kamailio/kamailio.ts';
export type {
  Binding,
  Kamailio,
  KamailioOptions,
  SeenRequest,
  SipTransport,
} from './kamailio/kamailio.ts';
