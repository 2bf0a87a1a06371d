"""Every tolerance of the tests, each with its reason. Widening one needs a line in CHANGELOG.md."""

from __future__ import annotations

SCORE_DB = 1e-9
"""Scores in dB against closed forms and museval: all sums are in float64, a few thousand terms long."""

BASS_CENTS = 10
"""Half a second of a 55-Hz note: the window's own width is 65 cents, and stiffness raises the partials."""

SUNG_CENTS = 30
"""A voice drifts and swings by ±38 cents in vibrato; the strongest bin lies somewhere inside."""

STRING_CENTS = 3
"""The string's loop is tuned by linear interpolation, whose delay depends a little on frequency."""

AMPLIFIER_DELAY_SAMPLES = 8
"""Where the demo's take correlates best: its low-pass at 4.8 kHz delays by some 4 samples, its resonances by a few."""

ANSWER_DELAY_SAMPLES = 2
"""Where its answer begins: the speaker's resonances end where the playing hardly reaches; 0.7 was measured."""

DEMUCS_TORCH_DB = -110
"""The same network on the same engine; only our STFT (scipy) and demucs' (torch) round differently."""

ENGINE_FP32_DB = -80
"""Two engines add float32 products in different orders, layer after layer."""

DITHER_MEAN_LSB = 0.005
"""400 000 draws of deviation 0.5 LSB: their mean has a deviation of 0.0008, six of which fit in."""

DITHER_VARIANCE_LSB2 = 0.005
"""400 000 draws: the variance's own deviation is about 0.0006."""

RESAMPLER_CUT_DB = -140
"""float32's own noise is near -150 dB. soxr computes in the same order for any cut, so the difference is zero today."""

RESAMPLED_SINE_DB = -140
"""Rounding of sine and result to float32 leaves noise near -150 dB; the pass band is flat below that."""

ENGINE_CUT_DB = -120
"""A filter of 7 taps in float32, block by block, against float64: seven roundings of 2⁻²⁴ each."""

FLOAT_SUM_DB = -120
"""Five float32 signals added: each rounds at 24 bits of its own peak."""

FP16_DB = -60
"""fp16 keeps 11 bits: one rounding lies at -66 dB and a few of them, in no order, add up to a little more."""

BF16_DB = -44
"""bf16 keeps 8 bits: one rounding lies at -48 dB, and the tiny networks round a few times on the way."""

PLANAR_DB = -180
"""The same sums in another order, in float64, through networks with all weights random and large."""

STREAM_RESAMPLED_DB = -80
"""The stream's resampler is made for 90 dB with a window of 64 samples, and measured to the edge of its pass band."""

STREAM_ALIAS_DB = -85
"""Likewise for what the lower rate cannot hold: one tone, whose highest sample is 3 dB above its rms."""

HOST_SPECTRUM_DB = -120
"""Transforms in float32, whole or by block, round alike; only the sums of overlapping frames differ in order."""

STREAM_FLOAT64_DB = -200
"""Whole or in blocks the same float64 products are added, in another order where a length picks another kernel."""

STREAM_FLOAT32_DB = -90
"""Streaming networks in float32 against float64: up to 50 layers of roundings of 2⁻²⁴ each; −119 was measured."""

AMP_SAMPLES = 1e-6
"""Amp networks in float32 against float64, against full scale or the peak: 20 layers of roundings of 2⁻²⁴ each."""

LOUDNESS_DB = 1e-3
"""A level by the same samples in float32, summed in another order; files hold more digits than anybody hears."""

PEER_DB = -100
"""Networks in float32 here and there, multiplied and added in another order; -110 to -144 was measured."""

MOVED_GAIN_DB = -120
"""A gain worked into the weights before it: each rounds once more by 2⁻²⁴."""

RESAMPLED_AMP_DB = -100
"""Two changes of rate in float32 around an impulse response, in the middle of a sine."""

CAPTURE_DELAY_SAMPLES = 0.05
"""What a delay between two takes is promised to; 0.02 was measured over a hundred pairs without a loudspeaker."""

CAPTURE_DRIFT_PPM = 0.5
"""Likewise for clocks; 0.06 was measured on 20 s at 48 kHz."""

COMPRESSOR_DELAY_SAMPLES = 0.3
"""Compressors that were recorded in whole samples, whose own filters turn phases a little, read from MP3."""

LOST_DB = -20
"""What of a cabinet's response may lie before the delay that was found: a hundredth, of which the past tells most."""

STRAIGHTENED_DB = -70
"""A windowed sinc of 32 taps whose table is read linearly; the steep part near Nyquist is filtered out before."""

CONVOLVED_DB = -120
"""Spectra in float32: each of some ten stages of a transform rounds by 2⁻²⁴; against the highest sample."""

CONVERTED_CABINET_DB = 0.2
"""What rings more than 50 dB below the peak, before a response that starts at once, is cut off, and not the same at two
rates; it is most where the cabinet lets through least. 0.12 dB were measured over 17 cabinets up to 7 kHz."""

OVERSAMPLED_AMP_DB = -100
"""Two changes of rate in float32 around an impulse response at a multiple of its rate, below their filters' edge."""

OVERSAMPLED_STREAM_DB = -70
"""Two changes of rate by the stream's resampler, of 80 dB each, whose errors add up; -73 was measured."""

TANH = 5e-7
"""A quotient of polynomials in float32, cut off where tanh is 3e-7 short of 1: some roundings of 2⁻²⁴."""

ROW_SUM = 1e-6
"""Sums of products around 1 in float32, in another order than numpy's: for each a few roundings of 2⁻²⁴."""
