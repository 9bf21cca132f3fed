"""The model that finds faces."""

from photomill.plugin import Model, ModelFile, Package

MTCNN = Model(
    name="mtcnn",
    task="find faces, with eyes, nose and mouth",
    licence="MIT",
    package=Package("facenet-pytorch", "2.6.0"),
    files=(
        ModelFile(
            "pnet.pt",
            "facenet_pytorch/data/pnet.pt",
            28_570,
            "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
        ),
        ModelFile(
            "rnet.pt",
            "facenet_pytorch/data/rnet.pt",
            403_147,
            "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
        ),
        ModelFile(
            "onet.pt",
            "facenet_pytorch/data/onet.pt",
            1_559_269,
            "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
        ),
    ),
    source="https://github.com/timesler/facenet-pytorch",
    small=True,
)
