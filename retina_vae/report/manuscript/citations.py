"""The works that the methods of a run rest on, and their numbers in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["WORKS", "Work", "number_citations", "works_used"]

WORKS = {
    "kingma2014": "D. P. Kingma, M. Welling. Auto-encoding variational Bayes. ICLR 2014. arXiv:1312.6114.",
    "burda2016": "Y. Burda, R. Grosse, R. Salakhutdinov. Importance weighted autoencoders. ICLR 2016. "
    "arXiv:1509.00519.",
    "chen2018": "R. T. Q. Chen, X. Li, R. Grosse, D. Duvenaud. Isolating sources of disentanglement in variational "
    "autoencoders. NeurIPS 2018. arXiv:1802.04942.",
    "bornschein2015": "J. Bornschein, Y. Bengio. Reweighted wake-sleep. ICLR 2015. arXiv:1406.2751.",
    "higgins2017": "I. Higgins et al. beta-VAE: learning basic visual concepts with a constrained variational "
    "framework. ICLR 2017.",
    "kingma2015": "D. P. Kingma, J. Ba. Adam: a method for stochastic optimization. ICLR 2015. arXiv:1412.6980.",
    "loshchilov2019": "I. Loshchilov, F. Hutter. Decoupled weight decay regularization. ICLR 2019. arXiv:1711.05101.",
    "lloyd1982": "S. P. Lloyd. Least squares quantization in PCM. IEEE Transactions on Information Theory 28 "
    "(1982), 129–137.",
    "arthur2007": "D. Arthur, S. Vassilvitskii. k-means++: the advantages of careful seeding. SODA 2007, 1027–1035.",
    "dempster1977": "A. P. Dempster, N. M. Laird, D. B. Rubin. Maximum likelihood from incomplete data via the "
    "EM algorithm. Journal of the Royal Statistical Society B 39 (1977), 1–38.",
    "smyth2000": "P. Smyth. Model selection for probabilistic clustering using cross-validated likelihood. "
    "Statistics and Computing 10 (2000), 63–72.",
    "rousseeuw1987": "P. J. Rousseeuw. Silhouettes: a graphical aid to the interpretation and validation of "
    "cluster analysis. Journal of Computational and Applied Mathematics 20 (1987), 53–65.",
    "calinski1974": "T. Caliński, J. Harabasz. A dendrite method for cluster analysis. Communications in "
    "Statistics 3 (1974), 1–27.",
    "tibshirani2001": "R. Tibshirani, G. Walther, T. Hastie. Estimating the number of clusters in a data set "
    "via the gap statistic. Journal of the Royal Statistical Society B 63 (2001), 411–423.",
    "tibshirani2005": "R. Tibshirani, G. Walther. Cluster validation by prediction strength. Journal of "
    "Computational and Graphical Statistics (2005), 511–528.",
    "hennig2007": "C. Hennig. Cluster-wise assessment of cluster stability. Computational Statistics & Data "
    "Analysis 52 (2007), 258–271.",
    "hubert1985": "L. Hubert, P. Arabie. Comparing partitions. Journal of Classification 2 (1985), 193–218.",
    "benjamini1995": "Y. Benjamini, Y. Hochberg. Controlling the false discovery rate: a practical and "
    "powerful approach to multiple testing. Journal of the Royal Statistical Society B 57 (1995), 289–300.",
    "gao2022": "L. L. Gao, J. Bien, D. Witten. Selective inference for hierarchical clustering. Journal of the "
    "American Statistical Association 119 (2024, online 2022), 332–342.",
    "tobin1958": "J. Tobin. Estimation of relationships for limited dependent variables. Econometrica 26 "
    "(1958), 24–36.",
    "paszke2019": "A. Paszke et al. PyTorch: an imperative style, high-performance deep learning library. "
    "NeurIPS 32 (2019), 8024–8035.",
    "pedregosa2011": "F. Pedregosa et al. Scikit-learn: machine learning in Python. Journal of Machine "
    "Learning Research 12 (2011), 2825–2830.",
}
"""Every work that a text may cite, by its key."""

# What else stands like a citation is a name in somebody's table.
_KEY = f"@(?:{'|'.join(WORKS)})"
_CITED = re.compile(rf"\[({_KEY}(?:; {_KEY})*)\]")


@dataclass(frozen=True)
class Work:
    """A cited work: its number in the text, from 1, and what a list of references says of it."""

    number: int
    text: str


def works_used(texts: Sequence[str], more: Sequence[str] = ()) -> list[Work]:
    """The works that texts cite, in the order in which they do, and ``more`` behind them.

    >>> [work.number for work in works_used(["by k-means [@lloyd1982; @arthur2007] and again [@lloyd1982]"])]
    [1, 2]
    """
    said = [WORKS[key] for key in _order(texts)]
    return [Work(number, text) for number, text in enumerate([*said, *more], start=1)]


def number_citations(texts: Sequence[str]) -> list[str]:
    """The texts with numbers in the place of keys; what is no key of a work stays as it is.

    >>> number_citations(["k-means [@lloyd1982; @arthur2007]", "the same [@arthur2007]"])
    ['k-means [1, 2]', 'the same [2]']
    """
    numbers = {key: str(place) for place, key in enumerate(_order(texts), start=1)}

    def numbered(match: re.Match[str]) -> str:
        return f"[{', '.join(numbers[key] for key in _keys(match[1]))}]"

    return [_CITED.sub(numbered, text) for text in texts]


def _order(texts: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(key for text in texts for cited in _CITED.findall(text) for key in _keys(cited)))


def _keys(cited: str) -> list[str]:
    return [key.strip().removeprefix("@") for key in cited.split(";")]
