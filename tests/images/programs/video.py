"""Debian's ffmpeg, started as a program: a second of a test picture and a tone becomes a file, ffprobe reads it."""

import json
import subprocess

sources = ["-f", "lavfi", "-i", "testsrc=size=160x120:rate=10", "-f", "lavfi", "-i", "sine=frequency=440"]
encode = ["-t", "1", "-c:v", "libx264", "-c:a", "aac", "/tmp/second.mp4"]
subprocess.run(["ffmpeg", "-v", "error", "-y", *sources, *encode], check=True)
ask = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", "/tmp/second.mp4"]
streams = json.loads(subprocess.run(ask, check=True, capture_output=True).stdout)["streams"]
print("streams:", *(stream["codec_name"] for stream in streams))
