import io
import os
import struct
from pathlib import Path

import av
import av.error
import numpy as np
import pytest
from numpy.typing import NDArray

from audio.recordings import envelope, noise, silence, tone, write, write_silent_video
from roomtone.audio.recorded.decode import Decoder, wav_claim_s
from roomtone.errors import AudioError

pytestmark = pytest.mark.unit


def decode(path: Path) -> tuple[Decoder, NDArray[np.float32]]:
    decoder = Decoder(path)
    audio = np.concatenate([block.samples for block in decoder.blocks()])
    return decoder, audio


@pytest.mark.parametrize(
    ("codec", "tolerance"),
    [
        ("pcm_u8", 1 / 127),
        ("pcm_s16le", 1 / 32_000),
        ("pcm_s24le", 1e-6),
        ("pcm_s32le", 1e-6),
        ("pcm_f32le", 0),
        ("pcm_f64le", 0),
        ("pcm_mulaw", 0.02),
    ],
)
def test_wav_samples_come_out_as_they_went_in(tmp_path: Path, codec: str, tolerance: float) -> None:
    left, right = tone(0.5, rate_hz=8000), noise(0.5, rate_hz=8000, seed=1)
    decoder, audio = decode(write(tmp_path / "call.wav", left, right, rate_hz=8000, codec=codec))
    assert (decoder.rate_hz, decoder.channels, decoder.codec) == (8000, 2, codec)
    np.testing.assert_allclose(audio, np.stack([left, right], axis=1), atol=tolerance)


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz"),
    [
        ("call.flac", "flac", 48_000),
        ("call.mp3", "libmp3lame", 44_100),
        ("call.ogg", "flac", 44_100),
        ("call.opus", "libopus", 48_000),
        ("call.m4a", "aac", 44_100),
        ("call.mp4", "aac", 22_050),
        ("call.webm", "libopus", 48_000),
        ("call.mka", "pcm_s16be", 96_000),
    ],
)
def test_common_formats_keep_length_and_envelope(tmp_path: Path, name: str, codec: str, rate_hz: int) -> None:
    original = tone(3, rate_hz=rate_hz)
    decoder, audio = decode(write(tmp_path / name, original, rate_hz=rate_hz, codec=codec))
    assert decoder.duration_s == pytest.approx(3, abs=0.05)
    assert len(audio) == pytest.approx(len(original), abs=0.03 * rate_hz)
    expected, heard = (envelope(sound[: len(original)], rate_hz=rate_hz) for sound in (original, audio[:, 0]))
    steps = min(len(expected), len(heard))
    assert np.corrcoef(expected[:steps], heard[:steps])[0, 1] > 0.99
    assert decoder.damaged_packets == 0
    assert decoder.missing_end_s < 0.05


def test_samples_that_are_no_numbers_are_silent_and_counted(tmp_path: Path) -> None:
    sound = tone(0.2, rate_hz=16_000)
    sound[100], sound[200], sound[300] = np.nan, np.inf, -np.inf
    decoder, audio = decode(write(tmp_path / "call.wav", sound, rate_hz=16_000, codec="pcm_f32le"))
    assert decoder.non_finite_samples == 3
    assert audio[[100, 200, 300], 0].tolist() == [0, 0, 0]
    assert audio[101, 0] == sound[101]


def test_floats_beyond_full_scale_are_clipped(tmp_path: Path) -> None:
    loud = tone(0.2, rate_hz=16_000, level=5.0)
    _, audio = decode(write(tmp_path / "call.wav", loud, rate_hz=16_000, codec="pcm_f64le"))
    assert audio.min() == -1
    assert audio.max() == 1


def test_six_channels_are_all_there(tmp_path: Path) -> None:
    channels = [noise(0.3, rate_hz=8000, seed=seed) for seed in range(6)]
    decoder, audio = decode(write(tmp_path / "call.wav", *channels, rate_hz=8000, codec="pcm_f32le"))
    assert decoder.channels == 6
    np.testing.assert_array_equal(audio, np.stack(channels, axis=1))


def test_content_counts_not_the_extension(tmp_path: Path) -> None:
    path = write(tmp_path / "call.flac", tone(0.5, rate_hz=8000), rate_hz=8000, codec="flac")
    decoder, audio = decode(path.rename(tmp_path / "call.mp3"))
    assert decoder.codec == "flac"
    assert len(audio) == 4000


def test_a_name_with_a_colon_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "call.wav", tone(0.5, rate_hz=8000), rate_hz=8000).rename(tmp_path / "10:30 call.wav")
    monkeypatch.chdir(tmp_path)
    _, audio = decode(Path("10:30 call.wav"))
    assert len(audio) == 4000


def test_sound_that_begins_after_the_picture_waits_for_it(tmp_path: Path) -> None:
    sound = tone(1, rate_hz=16_000)
    path = tmp_path / "call.mkv"
    write(path, sound, rate_hz=16_000, codec="pcm_s16le", picture=True, shift_s=lambda _: 1.5)
    decoder, audio = decode(path)
    assert len(audio) == 16_000 * 2.5
    assert not audio[:24_000].any()
    np.testing.assert_allclose(audio[24_000:, 0], sound, atol=1e-4)
    assert decoder.interrupted_s == 0


def test_a_gap_in_the_time_stamps_becomes_silence(tmp_path: Path) -> None:
    def shift_s(time_s: float) -> float:
        return 2.0 if time_s >= 0.512 else 0.0

    sound = tone(1.024, rate_hz=16_000)
    decoder, audio = decode(write(tmp_path / "call.mka", sound, rate_hz=16_000, shift_s=shift_s))
    assert decoder.interrupted_s == pytest.approx(2, abs=0.01)
    assert len(audio) == pytest.approx(16_000 * 3.024, abs=32)
    np.testing.assert_allclose(audio[:8192, 0], sound[:8192], atol=1e-4)
    np.testing.assert_allclose(audio[-8192:, 0], sound[-8192:], atol=1e-4)


def test_a_leap_of_hours_is_not_believed(tmp_path: Path) -> None:
    def shift_s(time_s: float) -> float:
        return 20_000.0 if time_s >= 0.512 else 0.0

    sound = tone(1.024, rate_hz=16_000)
    decoder, audio = decode(write(tmp_path / "call.mka", sound, rate_hz=16_000, shift_s=shift_s))
    assert len(audio) == len(sound)
    assert decoder.interrupted_s == 0


def test_a_truncated_mp3_gives_what_is_there_and_says_what_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "call.mp3", tone(8, rate_hz=44_100), rate_hz=44_100, codec="libmp3lame")
    _, whole = decode(path)
    os.truncate(path, path.stat().st_size // 2)
    decoder, audio = decode(path)
    assert decoder.position_s == pytest.approx(4, abs=0.3)
    assert decoder.missing_end_s == pytest.approx(4, abs=0.3)
    np.testing.assert_array_equal(audio[:132_300], whole[:132_300])


def test_a_truncated_wav_says_what_is_missing(tmp_path: Path) -> None:
    path = write(tmp_path / "call.wav", tone(8, rate_hz=8000), rate_hz=8000)
    os.truncate(path, path.stat().st_size // 4)
    decoder, _ = decode(path)
    assert decoder.duration_s == 8
    assert decoder.missing_end_s == pytest.approx(6, abs=0.05)


def wav(data_size: int, data: bytes, *, more: bytes = b"") -> io.BytesIO:
    """Return a WAV file of 8000 bytes a second whose header gives ``data_size``."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 4000, 8000, 2, 16)
    return io.BytesIO(b"RIFF\0\0\0\0WAVE" + form + more + struct.pack("<4sI", b"data", data_size) + data)


@pytest.mark.parametrize(
    ("file", "claim_s"),
    [
        (wav(16_000, bytes(8000)), 2.0),
        (wav(16_000, bytes(8000), more=b"LIST\3\0\0\0abc\0"), 2.0),
        (wav(16_000, bytes(16_000)), None),
        (wav(8000, bytes(16_000)), None),
        (wav(0, bytes(8000)), None),
        (wav(0xFFFF_FFFF, bytes(8000)), None),
        (wav(0x8000_0000, bytes(8000)), None),
        (wav(0x7FFF_F000, bytes(8000)), None),
        (wav(16_000, b"", more=b"LIST\xff\xff\xff\xff"), None),
        (io.BytesIO(b"RIFF\0\0\0\0AVI data\xff\0\0\0"), None),
        (io.BytesIO(b"RIFF\0\0\0\0WAVEdata\xff\0\0\0"), None),
        (io.BytesIO(b"RIFF"), None),
        (io.BytesIO(b""), None),
    ],
)
def test_only_a_wav_file_shorter_than_its_header_says_claims_a_length(
    file: io.BytesIO, claim_s: float | None
) -> None:
    assert wav_claim_s(file) == claim_s


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF])
def test_a_wav_file_still_being_written_is_not_damaged(tmp_path: Path, size: int) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(wav(size, bytes(8000)).getvalue())
    decoder = Decoder(path)
    list(decoder.blocks())
    assert decoder.missing_end_s == 0
    decoder.close()


def test_the_estimated_length_of_a_bare_stream_is_no_evidence_of_damage(tmp_path: Path) -> None:
    sound = np.concatenate([noise(3, rate_hz=44_100, seed=1), silence(20, rate_hz=44_100)])
    decoder, _ = decode(write(tmp_path / "call.aac", sound, rate_hz=44_100, codec="aac"))
    assert decoder.missing_end_s == 0


def test_a_hole_in_the_middle_keeps_the_rest_in_its_place(tmp_path: Path) -> None:
    sound = np.concatenate([noise(6, rate_hz=44_100, seed=1), tone(2, rate_hz=44_100)])
    path = write(tmp_path / "call.m4a", sound, rate_hz=44_100, codec="aac")
    _, whole = decode(path)
    data = bytearray(path.read_bytes())
    middle = slice(len(data) // 3, len(data) // 2)
    data[middle] = np.random.default_rng(0).bytes(middle.stop - middle.start)
    path.write_bytes(data)
    decoder, audio = decode(path)
    assert decoder.damaged_packets > 0
    assert len(audio) == pytest.approx(len(whole), abs=4410)
    np.testing.assert_allclose(audio[-44_100:], whole[-44_100:], atol=1e-3)


def refusal(path: Path) -> AudioError:
    with pytest.raises(AudioError) as caught:
        decode(path)
    assert caught.value.message.count(". ") == 0, "one sentence"
    return caught.value


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.touch()
    assert refusal(path).code == "file_empty"


@pytest.mark.parametrize("name", ["call.wav", "call.mp3", "call.m4a", "notes.txt"])
def test_a_text_is_no_recording(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("Seller: hello.\nCustomer: hello, who is this?\n" * 200)
    assert refusal(path).code == "file_not_audio"


def test_random_bytes_are_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "call.mp3"
    path.write_bytes(np.random.default_rng(3).bytes(50_000))
    assert refusal(path).code == "file_not_audio"


def test_a_playlist_opens_no_other_file(tmp_path: Path) -> None:
    write(tmp_path / "call.wav", tone(1, rate_hz=8000), rate_hz=8000)
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXTINF:1,\ncall.wav\n#EXT-X-ENDLIST\n")
    assert refusal(path).code == "file_not_audio"


def test_a_missing_file(tmp_path: Path) -> None:
    error = refusal(tmp_path / "call.wav")
    assert error.code == "file_missing"
    assert error.message.startswith("There is no file")


def test_a_directory(tmp_path: Path) -> None:
    assert refusal(tmp_path).code == "file_is_directory"


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "call.wav")
    assert refusal(tmp_path / "call.wav").code == "file_not_regular"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "call.wav", tone(0.5, rate_hz=8000), rate_hz=8000)

    def refuse(*_: object, **__: object) -> None:
        raise av.error.PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(av, "open", refuse)
    assert refusal(path).code == "file_no_permission"


def test_a_failing_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "call.wav", tone(0.5, rate_hz=8000), rate_hz=8000)

    def fail(*_: object, **__: object) -> None:
        raise av.error.OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(av, "open", fail)
    error = refusal(path)
    assert error.code == "file_unreadable"
    assert "Input/output error" in error.message


def test_a_video_without_sound(tmp_path: Path) -> None:
    assert refusal(write_silent_video(tmp_path / "call.mp4")).code == "file_no_sound"


def test_more_planes_than_can_be_read_safely(tmp_path: Path) -> None:
    channels = [tone(0.5, rate_hz=48_000)] * 16
    path = write(tmp_path / "call.opus", *channels, rate_hz=48_000, codec="libopus")
    assert refusal(path).code == "file_damaged"


def test_a_header_without_samples_is_an_empty_recording(tmp_path: Path) -> None:
    decoder = Decoder(write(tmp_path / "call.wav", silence(0, rate_hz=8000), rate_hz=8000))
    assert decoder.is_empty
    assert (decoder.rate_hz, decoder.channels) == (8000, 1)
    assert list(decoder.blocks()) == []
