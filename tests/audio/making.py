"""Audio for the tests of this room, made on the spot: a gliding tone with some noise."""

import functools
import io
import wave

import lameenc
import miniaudio
import numpy as np
from numpy.typing import NDArray


@functools.cache
def mp3(rate: int = 44100, kbits: int = 64, channels: int = 1, seconds: float = 1.5) -> bytes:
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(kbits)
    encoder.set_in_sample_rate(rate)
    encoder.set_out_sample_rate(rate)
    encoder.set_channels(channels)
    encoder.set_quality(9)
    encoder.silence()
    samples = np.repeat(tone(rate, seconds), channels)
    return bytes(encoder.encode(samples.tobytes()) + encoder.flush())


def tone(rate: int, seconds: float) -> NDArray[np.int16]:
    count = int(rate * seconds)
    glide = np.cumsum(np.linspace(200, 900, count)) * 2 * np.pi / rate
    noise = np.random.default_rng(1).normal(size=count) * np.linspace(0, 2000, count)
    return (8000 * np.sin(glide) + noise).astype(np.int16)


@functools.cache
def wav(rate: int = 16000, channels: int = 1, seconds: float = 1.0, width: int = 2) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(bytes(int(rate * seconds) * channels * width))
    return out.getvalue()


def riff(*chunks: tuple[bytes, bytes] | tuple[bytes, bytes, int]) -> bytes:
    """A WAVE file of (name, content) or (name, content, declared size) chunks."""
    body = b"WAVE"
    for chunk in chunks:
        name, content = chunk[:2]
        size = chunk[2] if len(chunk) == 3 else len(content)
        body += name + size.to_bytes(4, "little") + content + b"\0" * (len(content) % 2)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def fmt(
    encoding: int = 1,
    channels: int = 1,
    rate: int = 16000,
    bits: int = 16,
    block: int | None = None,
    tail: bytes = b"",
) -> bytes:
    block = channels * bits // 8 if block is None else block
    fields = ((encoding, 2), (channels, 2), (rate, 4), (rate * block, 4), (block, 2), (bits, 2))
    return b"".join(value.to_bytes(size, "little") for value, size in fields) + tail


def id3(content: bytes = b"", *, footer: bool = False, declared: int | None = None) -> bytes:
    size = len(content) if declared is None else declared
    digits = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    flags = b"\x10" if footer else b"\x00"
    tag = b"ID3\x04\x00" + flags + digits + content
    return tag + (b"3DI\x04\x00" + flags + digits if footer else b"")


def info_frame(
    frames: int,
    delay: int = 0,
    padding: int = 0,
    name: bytes = b"Xing",
    encoder: bytes = b"LAME3.100",
) -> bytes:
    """A header frame for a 44.1 kHz mono stream, 128 kbit/s, as LAME writes it."""
    header = bytes([0xFF, 0xFB, 0x90, 0xC0])
    content = name + (1).to_bytes(4, "big") + frames.to_bytes(4, "big")
    content += encoder.ljust(21, b"\0") + (delay << 12 | padding).to_bytes(3, "big")
    return (header + bytes(17) + content).ljust(417, b"\0")


def decoder_says(data: bytes) -> tuple[float, int]:
    """(seconds, Hz) by an independent decoder that reads the whole file."""
    sound = miniaudio.mp3_read_s16(data)
    return sound.num_frames / sound.sample_rate, sound.sample_rate


_SUBFORMAT_TAIL = bytes.fromhex("000000001000800000aa00389b71")
FORMS = [
    (encoding, bits, extended)
    for encoding, bits in ((1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64))
    for extended in (False, True)
]
"""(encoding, bits, whether as WAVE_FORMAT_EXTENSIBLE) of the WAVs that engines and people have."""


def wave_file(
    sound: NDArray[np.float64], rate: int, encoding: int, bits: int, extended: bool = False
) -> bytes:
    """Samples of ±1, frames × channels, as a WAV of any of FORMS."""
    channels = sound.shape[1]
    tail = b""
    if extended:
        head = (22, 2), (bits, 2), ((1 << channels) - 1, 4), (encoding, 2)
        tail = b"".join(value.to_bytes(size, "little") for value, size in head) + _SUBFORMAT_TAIL
    chunk = fmt(0xFFFE if extended else encoding, channels, rate, bits, tail=tail)
    return riff((b"fmt ", chunk), (b"data", _samples(sound, encoding, bits)))


def _samples(sound: NDArray[np.float64], encoding: int, bits: int) -> bytes:
    if encoding == 3:
        return sound.astype(f"<f{bits // 8}").tobytes()
    full = 1 << (bits - 1)
    steps = np.clip(np.rint(sound * full), -full, full - 1).astype("<i8")
    if bits == 8:
        return (steps + 128).astype("u1").tobytes()
    return np.ascontiguousarray(
        steps.reshape(-1).view("u1").reshape(-1, 8)[:, : bits // 8]
    ).tobytes()


def sine(hz: float, rate: int, seconds: float, level: float = 0.5) -> NDArray[np.float64]:
    """A stereo sine that starts at 0."""
    curve = level * np.sin(2 * np.pi * hz * np.arange(round(rate * seconds)) / rate)
    return np.stack([curve, curve], axis=1)


def level_of(sound: NDArray[np.float64], hz: float, rate: int) -> float:
    """The amplitude of a frequency in one channel."""
    window = np.blackman(len(sound))
    turning = np.exp(-2j * np.pi * hz * np.arange(len(sound)) / rate)
    return float(2 * np.abs((sound * window * turning).sum()) / window.sum())


def decoded(data: bytes, channels: int = 2) -> NDArray[np.float64]:
    """Frames × channels, by another program: the decoder's own reading of the whole file."""
    info = miniaudio.wav_get_info if data[:4] == b"RIFF" else miniaudio.mp3_get_info
    rate = info(data).sample_rate
    sound = miniaudio.decode(data, miniaudio.SampleFormat.FLOAT32, channels, rate)
    return np.asarray(sound.samples, np.float64).reshape(-1, channels)
