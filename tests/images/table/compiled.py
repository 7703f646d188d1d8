"""Uses each distribution that has compiled code for what people use it for, and prints its name and version."""

import datetime
import io
from concurrent import futures
from importlib import metadata


def numpy() -> None:
    import numpy

    matrix = numpy.array([[4.0, 1.0], [2.0, 3.0]])
    assert sorted(numpy.linalg.eigvals(matrix).round(9)) == [2.0, 5.0]
    assert numpy.allclose(matrix @ numpy.linalg.inv(matrix), numpy.eye(2))


def scipy() -> None:
    from scipy import integrate, optimize, sparse
    from scipy.sparse import linalg

    assert abs(integrate.quad(lambda x: x**2, 0, 3)[0] - 9) < 1e-9
    assert abs(optimize.brentq(lambda x: x**2 - 2, 0, 2) - 2**0.5) < 1e-9
    assert linalg.spsolve(sparse.csc_matrix([[2.0, 0.0], [0.0, 4.0]]), [2.0, 2.0]).tolist() == [1.0, 0.5]


def pandas() -> None:
    import pandas

    table = pandas.read_csv(io.StringIO("city,day,rain\nOslo,2026-01-01,3\nRoma,2026-01-01,1\nOslo,2026-01-02,5\n"))
    assert table.groupby("city")["rain"].mean().to_dict() == {"Oslo": 4.0, "Roma": 1.0}
    days = pandas.to_datetime(table["day"]).dt.tz_localize("Europe/Oslo")
    assert days.iloc[0].utcoffset() == datetime.timedelta(hours=1)


def scikit_learn() -> None:
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression

    samples, kinds = load_iris(return_X_y=True)
    for model in (LogisticRegression(max_iter=1000), RandomForestClassifier(n_estimators=20, random_state=0)):
        model.fit(samples[::2], kinds[::2])
        right = (model.predict(samples[1::2]) == kinds[1::2]).mean()
        assert right > 0.9, f"{model} is right for {right:.0%}"


def pillow() -> None:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (64, 48), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((8, 8, 56, 40), fill=(200, 10, 10))
    draw.text((10, 10), "distroless", font=ImageFont.load_default(size=12), fill="black")
    for form in ("PNG", "JPEG", "WEBP"):
        encoded = io.BytesIO()
        picture.save(encoded, form)
        again = Image.open(encoded)
        again.load()
        assert (again.format, again.size) == (form, (64, 48))
        red, green, blue = again.convert("RGB").getpixel((50, 36))
        assert red > 180, form
        assert max(green, blue) < 40, form


def cryptography() -> None:
    from cryptography import fernet, x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.x509.oid import NameOID

    box = fernet.Fernet(fernet.Fernet.generate_key())
    assert box.decrypt(box.encrypt(b"secret")) == b"secret"
    cipher = AESGCM(AESGCM.generate_key(256))
    assert cipher.decrypt(b"0" * 12, cipher.encrypt(b"0" * 12, b"secret", b"seen"), b"seen") == b"secret"

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "distroless")])
    day = datetime.datetime(2026, 1, 1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + datetime.timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256())
    certificate.verify_directly_issued_by(certificate)
    assert certificate.subject.rfc4514_string() == "CN=distroless"


def lxml() -> None:
    from lxml import etree

    document = etree.fromstring("<a><b id='1'>one</b><b id='2'>two</b></a>")
    assert document.xpath("string(//b[@id='2'])") == "two"
    assert [etree.QName(found).localname for found in document.xpath("/a/b[position() < 2]")] == ["b"]
    style = etree.XML(
        '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0">'
        '<x:template match="/"><c><x:value-of select="count(//b)"/></c></x:template></x:stylesheet>'
    )
    assert etree.XSLT(style)(document).getroot().text == "2"


def psycopg() -> None:
    import psycopg

    assert psycopg.pq.__impl__ == "binary"
    assert psycopg.pq.version() >= 150000, psycopg.pq.version()
    said = ""
    try:
        psycopg.connect("host=127.0.0.1 port=1 connect_timeout=2")
    except psycopg.OperationalError as error:
        said = str(error)
    assert "refused" in said, said


def grpcio() -> None:
    import grpc

    def shout(request: bytes, context: object) -> bytes:
        return request.upper()

    handlers = {"Shout": grpc.unary_unary_rpc_method_handler(shout)}
    server = grpc.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Voice", handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert channel.unary_unary("/test.Voice/Shout")(b"hello", timeout=30) == b"HELLO"
    server.stop(None).wait()


def opencv_python_headless() -> None:
    import cv2
    import numpy

    picture = numpy.zeros((60, 80, 3), numpy.uint8)
    cv2.rectangle(picture, (20, 15), (60, 45), (255, 255, 255), thickness=-1)
    edges = cv2.Canny(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), 50, 150)
    outlines, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    assert numpy.allclose(cv2.boundingRect(outlines[0]), (20, 15, 41, 31), atol=2)
    done, encoded = cv2.imencode(".png", picture)
    assert done
    assert (cv2.imdecode(encoded, cv2.IMREAD_COLOR) == picture).all()


for check in (
    numpy,
    scipy,
    pandas,
    scikit_learn,
    pillow,
    cryptography,
    lxml,
    psycopg,
    grpcio,
    opencv_python_headless,
):
    check()
    name = check.__name__.replace("_", "-")
    print(name, metadata.version(name), flush=True)
