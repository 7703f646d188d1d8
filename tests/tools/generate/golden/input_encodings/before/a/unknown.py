# coding: klingon
import x
