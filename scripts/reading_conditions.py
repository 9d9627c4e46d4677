"""What happens to speech between a mouth and this program: rooms, noise, other voices, telephones, codecs."""

import io
from collections.abc import Callable

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from roomtone.types import SAMPLE_RATE_HZ, Samples

Random = np.random.Generator

TELEPHONE_HZ = (200.0, 300.0, 3400.0, 3700.0)
"""Corners of the band: nothing, everything, everything, nothing."""
TELEPHONE_RATE_HZ = 8000
MU_LAW = 255.0
OPUS_BITS_PER_S = 16_000
BABBLE_VOICES = 6
"""Fewer can be understood, many more are a steady noise."""
BABBLE_SNR_DB = 10.0
MIXED_OPUS_BITS_PER_S = (10_000, 14_000, 20_000, 32_000)
MIXED_BABBLE_SNR_DB = (5.0, 20.0)
MIXED_NOISE_SNR_DB = (8.0, 28.0)
"""From a busy office to a quiet room."""
MIXED_GAIN_DB = (-24.0, 0.0)
REVERBERATION_S = (0.15, 0.6)
"""Time in which the sound of a room falls by 60 dB: a furnished office to a bare one."""
DIRECT_TO_ROOM_DB = (0.0, 12.0)
"""A headset is near the mouth, a laptop is not."""
CUT_OFF_S = 0.4
"""The most that a late start or an early end takes off."""
OVERDRIVE_DB = (6.0, 14.0)


def telephone(samples: Samples) -> Samples:
    """Return what an ordinary telephone makes of it: 300-3400 Hz, 8 kHz, 8-bit mu-law."""
    hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    band = np.fft.rfft(samples) * np.interp(hz, TELEPHONE_HZ, (0, 1, 1, 0))
    narrow = soxr.resample(np.fft.irfft(band, len(samples)), SAMPLE_RATE_HZ, TELEPHONE_RATE_HZ)
    narrow *= 0.5 / max(1e-9, float(np.abs(narrow).max()))
    code = np.round(127 * np.sign(narrow) * np.log1p(MU_LAW * np.abs(narrow)) / np.log1p(MU_LAW)) / 127
    decoded = np.sign(code) * np.expm1(np.abs(code) * np.log1p(MU_LAW)) / MU_LAW
    return soxr.resample(decoded, TELEPHONE_RATE_HZ, SAMPLE_RATE_HZ).astype(np.float32)


def opus(samples: Samples, bits_per_s: int = OPUS_BITS_PER_S) -> Samples:
    """Return what a video meeting makes of it."""
    sound = io.BytesIO()
    with av.open(sound, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE_HZ)
        stream.layout = "mono"
        stream.bit_rate = bits_per_s
        stream.options = {"application": "voip"}
        whole = np.clip(np.round(samples * 32767.0), -32768, 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(whole[None], format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    sound.seek(0)
    with av.open(sound) as container:
        to_flat = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
        decoded = [
            out.to_ndarray()[0] for frame in container.decode(audio=0) for out in to_flat.resample(frame)
        ]
        decoded += [out.to_ndarray()[0] for out in to_flat.resample(None)]
    heard = np.concatenate(decoded)[: len(samples)]
    return np.pad(heard, (0, len(samples) - len(heard))).astype(np.float32)


def in_noise(samples: Samples, noise: NDArray[np.floating], snr_db: float) -> Samples:
    """Return speech with ``noise`` of the same length this far below it."""
    scale = np.sqrt(np.mean(np.square(samples)) / max(1e-20, float(np.mean(np.square(noise)))))
    return (samples + noise * scale * 10 ** (-snr_db / 20)).astype(np.float32)


def pink(length: int, random: Random) -> NDArray[np.float64]:
    """Return pink noise: ventilation and traffic."""
    spectrum = np.fft.rfft(random.normal(size=length))
    return np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), length)


def babble(length: int, others: Callable[[Random], Samples], random: Random) -> NDArray[np.float64]:
    """Return ``BABBLE_VOICES`` voices at once; ``others`` gives somebody else's speech."""
    mixed = np.zeros(length)
    for _ in range(BABBLE_VOICES):
        voice = others(random)
        voice = voice / max(1e-9, float(np.sqrt(np.mean(np.square(voice)))))
        # From a random place, over and over: clips are about as long as the speech they disturb.
        mixed += np.resize(np.roll(voice, random.integers(len(voice))), length)
    return mixed


def in_room(samples: Samples, random: Random) -> Samples:
    """Return it with the tail of a room: noise that dies away."""
    falls_in_s = random.uniform(*REVERBERATION_S)
    at_s = np.arange(round(falls_in_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = random.normal(size=len(at_s)) * 10 ** (-3.0 * at_s / falls_in_s)
    size = len(samples) + len(tail)
    echo = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)[: len(samples)]
    return in_noise(samples, echo, random.uniform(*DIRECT_TO_ROOM_DB))


def mixed(samples: Samples, others: Callable[[Random], Samples], random: Random) -> Samples:
    """Return it as a call might: ends cut off, a room, noise or voices, a line, another gain."""
    start, stop = 0, len(samples)
    if random.random() < 0.4:
        start = round(random.uniform(0.0, CUT_OFF_S) * SAMPLE_RATE_HZ)
    if random.random() < 0.4:
        stop -= round(random.uniform(0.0, CUT_OFF_S) * SAMPLE_RATE_HZ)
    heard = samples[start:stop] if stop - start > SAMPLE_RATE_HZ else samples
    if random.random() < 0.5:
        heard = in_room(heard, random)
    if random.random() < 0.5:
        noise = babble(len(heard), others, random)
        heard = in_noise(heard, noise, random.uniform(*MIXED_BABBLE_SNR_DB))
    else:
        heard = in_noise(heard, pink(len(heard), random), random.uniform(*MIXED_NOISE_SNR_DB))
    if random.random() < 0.15:
        loudest = float(np.abs(heard).max())
        heard = np.clip(heard * 10 ** (random.uniform(*OVERDRIVE_DB) / 20), -loudest, loudest)
    line = random.integers(3)
    if line == 0:
        heard = telephone(heard)
    elif line == 1:
        heard = opus(heard, int(random.choice(MIXED_OPUS_BITS_PER_S)))
    return (heard * 10 ** (random.uniform(*MIXED_GAIN_DB) / 20)).astype(np.float32)
