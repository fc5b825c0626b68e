"""The published sets of pictures: their files, what they show, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["DIGITS", "SETS", "PublishedSet"]

DIGITS = tuple(map(str, range(10)))
_ARTICLES = (
    *("T-shirt", "trousers", "pullover", "dress", "coat"),
    *("sandal", "shirt", "sneaker", "bag", "ankle boot"),
)
_MNIST = (
    "Put the four files of MNIST (LeCun, Cortes and Burges), packed by gzip or not, into one folder and name it with "
    "cohort.folder. torchvision downloads them (`torchvision.datasets.MNIST('data', download=True)`, which puts them "
    "into data/MNIST/raw); OpenML has the same pictures as mnist_784. Nothing is downloaded by a run."
)
_FASHION = (
    "Put the four files of Fashion-MNIST (Xiao, Rasul and Vollgraf 2017), packed by gzip or not, into one folder and "
    "name it with cohort.folder. Debian has them as dataset-fashion-mnist (in /usr/share/datasets/fashion-mnist), "
    "torchvision downloads them (`torchvision.datasets.FashionMNIST('data', download=True)`, which puts them into "
    "data/FashionMNIST/raw), and OpenML has the same pictures as Fashion-MNIST. Nothing is downloaded by a run."
)


@dataclass(frozen=True)
class PublishedSet:
    """Pictures of 28 x 28 pixels from 0 to 255 with their labels, in two IDX files.

    Attributes:
        words: What a report says of them.
        folder: Where they are looked for where ``cohort.folder`` says nothing.
        images: Name and SHA-256 (of the unpacked content) of the file of pictures.
        labels: The same of the file of labels.
        names: What each label shows.
        origin: Where the files come from, for a message about a missing one.
    """

    words: str
    folder: Path
    images: tuple[str, str]
    labels: tuple[str, str]
    names: tuple[str, ...]
    origin: str


def _mnist(words: str, part: str, images: str, labels: str) -> PublishedSet:
    files = (f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)
    return PublishedSet(words, Path("data/mnist"), *files, DIGITS, _MNIST)


def _fashion(words: str, part: str, images: str, labels: str) -> PublishedSet:
    files = (f"{part}-images-idx3-ubyte", images), (f"{part}-labels-idx1-ubyte", labels)
    return PublishedSet(words, Path("data/fashion"), *files, _ARTICLES, _FASHION)


SETS: dict[str, PublishedSet] = {
    "mnist": _mnist(
        "the 60,000 training digits of MNIST",
        "train",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "mnist_test": _mnist(
        "the 10,000 test digits of MNIST",
        "t10k",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    "fashion": _fashion(
        "the 60,000 training pictures of Fashion-MNIST",
        "train",
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    ),
    "fashion_test": _fashion(
        "the 10,000 test pictures of Fashion-MNIST",
        "t10k",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
}
"""Every published set that is read from files, by the name of its source."""
