import { describe, expect, it } from 'vitest';
import { SubBandDecoder } from './sub-bands.ts';

/** The beginning of the ITU's sequence for overflows (G.722 Appendix II, T2R2.COD), one byte from each of its words. */
const CODES =
  '04A004A004A004A004A005A106A308A408A409A509A60BA80BA90DA90DA90EAA' +
  '0FAC0FAC10AB11AC10AC10AD11ED12AF14AE14EE13F012B114B052B054EF16B2' +
  '17F216F355B216F317F415F357B455B259B358F118F117F515F617F658F219F1' +
  '18F418F455F516F556B61A735AB35AF35AF35BB71872';
/** What the low band makes of it (T3L2.RC1). */
const LOW =
  'FFCE0084FE88040EF4D01E78ACAC6C408A9A7DD084E47FFE80007FFE81207F26' +
  '80007FFE82287EF680007F2280E07EFA80007F6480927FAE804C7FCA80DC7F5E' +
  '80F27EBC80C47FFE81187FFE80F27FC680007FBE80007FFE80207FFE80007FB2' +
  '81007F8A80FC7F1280007F7C80007FFE80767F0880007FFE80487F5280007FFE';
/** And the high band (T3H2.RC0). */
const HIGH =
  'FFFC0002FFF60006FFEC000CFFE00016FFD0002AFFB8004EFF8C008AFF3A00F4' +
  'FEAE01A4FDC602CEFC4804C6F9CA07FAF5B20D42EEF615B8E4442344D3163904' +
  'B8D4527EA320666090DE76BE83067FFE80007FFE80007FFE80007616823A7FFE' +
  '80007FFE8000760C800078AA812A7FFE80007FFE830C7FFE808E76DE86867FBE';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
/** The words are shifted by one bit: the lowest says where the sequence begins. */
const samples = (hex: string): readonly number[] =>
  Array.from({ length: hex.length / 4 }, (_, index) => bytes(hex).readInt16BE(2 * index) >> 1);

describe('the sub-bands of G.722', () => {
  it('do what the ITU says, beyond the limits of their samples too', () => {
    const decoder = new SubBandDecoder();
    const low: number[] = [];
    const high: number[] = [];

    for (const byte of bytes(CODES).subarray(0, 64)) {
      decoder.take(byte);
      low.push(decoder.low);
      high.push(decoder.high);
    }

    expect(low).toEqual(samples(LOW));
    expect(high).toEqual(samples(HIGH));
  });
});
