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

GRADIENT = 2e-4
"""A parameter's gradient in float32 against torch's: sums over thousands of samples, through 20 layers and back."""

SLOPE = 0.02
"""A gradient against steps to both sides: float32's rounding, and what curves between the steps."""

ALIKE = 0.995
"""Cosine of two gradients that differ by what goes back through a past that is not judged; 0.999 was measured."""

LOSS = 1e-6
"""A loss in float64 whose factors are float32."""

SPECTRAL_LOSS = 1e-5
"""Sums over all bins of spectra in float32, against float64 or another library."""

TRAINED_ESR = 1e-3
"""A model's error played by training and by the player: both in float32, and one at the level of training."""

EBU_LOUDNESS_LU = 0.1
"""EBU Tech 3341, table 1: what a loudness meter may be off."""

EBU_RANGE_LU = 1.0
"""EBU Tech 3342, table 1."""

EBU_TRUE_PEAK_OVER_DB = 0.2
"""EBU Tech 3341, table 1, cases 15 to 23."""

EBU_TRUE_PEAK_UNDER_DB = 0.4
"""Likewise: four times the rate may miss the top of a tone near the highest frequencies."""

PYLOUDNORM_LU = 1e-3
"""The same filters and gates; at odd rates pyloudnorm rounds the bounds of its blocks one frame further."""

LOUDNESS_CUT_LU = 1e-6
"""The same sums in float64, added in another order where a block ends."""

WELCH_DB = 0.01
"""Transforms in float32 against float64, at the bins where noise is weakest."""

THIRD_OCTAVE_DB = 0.3
"""Twenty seconds of noise in the narrowest band looked at, 46 Hz wide: its level's own deviation is 0.1 dB."""

CORRELATION = 0.01
"""Ten seconds of noise: 1 / sqrt(440 000) is 0.0015, and six of it fit in."""

LEVEL_FREE = 1e-3
"""Features of the same sound 20 dB apart, in float32, through logarithms; the last cepstra are small differences."""

TEMPO_BPM = 3.0
"""Lags of whole hops of 23 ms: at 140 beats a minute they are 5 apart."""

FILTER_DB = 0.01
"""A filter in float32 against its formula, from 27 Hz up; below, an impulse response of 1.5 s is cut."""

MASTER_DB = 0.5
"""A fault undone by few bands and gains, on every axis: the least differences that are moved at all are 0.3 to 0.5."""

RENDER_CUT = 1e-4
"""Blocks of the same second in float32, through a limiter whose gain is computed in float32."""

ROOM_DECAY = 0.07
"""The decay of one draw of noise, of which bands of an octave or two are left, between 5 and 25 dB."""

RETURNED_LU = 0.5
"""The loudness of a few seconds of noise through one draw of a room."""

LIBROSA = 1e-5
"""The same sums in float64 instead of float32, or as moments instead of distances; 1e-7 was measured on music."""

CARRIED_DB = 0.1
"""What an export may be off its advice, and its advice off the render; float32 states are off by 1e-6."""

CARRIED_PART = 0.01
"""Likewise for times, corners, ratios and bandwidths."""

SUMMED_LEVELS_DB = 0.05
"""A sum over levels a quarter of a dB apart against an integral, of densities no narrower than 2.5 dB."""

DEREVERB_SOLVE = 1e-5
"""Six taps from 56 frames: complex64 statistics against a least-squares solution in float64."""

ROOM_IS_LESS_DB = 0.5
"""Bursts of noise in a room of 0.8 s at 8 kHz: the gain in early SI-SDR is some dB; any real one is above this."""

MEASURED_DECAY = 0.06
"""A decay of noise in one octave: its energy in 300 ms at 250 Hz is a sum of some hundred independent numbers."""

ASKED_DECAY = 0.1
"""RT60 of a synthesised room by other filters, which are steeper and see other shares of its neighbours."""

DECAY_IS_STEEPER_DB = 6
"""0.2 s after bursts of noise end: the room of 0.8 s against its first 50 ms."""

ROOM_SAMPLES = 1e-5
"""Convolution in float32 against float64, and what silence before a change of rate leaves."""

QUICK_DECAY = 0.05
"""RT60 from octaves at their own low rates: the same decay on fewer frames, and another rounding of their edges."""

ROOM_ENERGY = 0.15
"""Energy of one draw of noise that decays by 60 dB in half a second: its 63 Hz octave holds twenty numbers."""

PRESET_DB = 0.2
"""Distances of built-in rooms are in round figures."""

BAND_RATIO_DB = 0.01
"""Energies of parts of different length, summed over the bins of a band whose edges lie within a bin."""

BLIND_PREDELAY_S = 0.003
"""Lags are told apart by a millisecond, and the rise is steepest up to three away, for chance has its share in it."""

RESAMPLED_RESPONSE = 0.15
"""Energy of a noise-like room against a click, at a rate that holds half of both: one draw of that noise."""

DRY_IS_LEFT_DB = 25
"""A dry sound through dereverberation: what is taken from it lies this far below it; usually it is nothing at all."""

DRR_OF_NOISE_DB = 1e-6
"""A room's ratio of direct to later energy is set by scaling, in float64."""

BLIND_DECAY = 0.35
"""RT60 without the dry original: half of the benchmark's estimates are nearer than 0.16, for harder sounds."""

LIVE_FLOAT32_DB = -60
"""The stream adds up products of its network in float32, hop after hop, and the level divides what it sees."""

FLOOR_DB = 0.7
"""A noise floor from the lowest cells of some seconds: bands of one bin rest on a few dozen independent numbers."""

HISS_IS_LESS_DB = 6
"""What denoising is promised to gain; plucked notes leave more room than most music."""

HUM_IS_LESS_DB = -12
"""What is left of a hum that drifts, under a bass an octave around it, against the hum."""

KERNEL = 1e-4
"""A window's transform in the limit of long frames, against one of 4096 samples."""

CLICKS_ARE_LESS_DB = 10
"""Clicks on a melody: what is put in their place is off by less than a third of what they were."""

FORETOLD = 1e-6
"""Filters and small systems of equations in float64, whose solution is kept apart from singular by 1e-9."""

ROOM_TIME = 0.15
"""RT60 of one noise-like response, by a line through its decay, against the time it was made with."""

RATIO_DB = 0.5
"""DRR after scaling what comes later than 2.5 ms after the direct sound, give or take the frames between."""

PITCH_CENTS = 5
"""A parabola through three samples of a period of twelve; 2 cents were measured at 1760 Hz, half a comma is 11."""

CONTROL_CUT = 1e-9
"""Transforms of one frame and of many round differently, in float64."""

CONTROL_DELAY_S = 0.004
"""A leap from one steady tone to another: the louder one lasts some 2 ms longer, and moments are a hop apart."""

SYNTH_FLOAT32_DB = -100
"""Sines in float32 of phases in float64."""

NOISE_LEVEL = 0.1
"""Of 900 spectra of noise, 0.033 to be expected in each bin."""

ANALYSED_PARTIALS_DB = 0.3
"""A bin beside the frequency costs 0.04 dB; noise 40 dB below the first partial, 20 below the tenth, the rest."""

ANALYSED_NOISE_DB = 2.0
"""The lower quarter of some powers in place of their mean, and side lobes of ten partials."""

CUT_FLOAT32_DB = -60
"""Controls of one hop and of many round differently in float64, and are told in float32."""

HEARD_DELAY_S = 0.0015
"""Middle of a burst, between thresholds crossed within a hop of 2.7 ms."""

BANDS_DB = -40
"""Filters of 40 dB and 96 taps leave an error of -46 dB of sound that is split into bands and joined again."""

FRAMES_JOINED_DB = -60
"""Frames under a window whose squares add up to one, in float64, written in float32; but for the silence around."""

LOUDNESS_KEPT_DB = 1.5
"""One A-weighting in frames of 21 ms against another in time."""
