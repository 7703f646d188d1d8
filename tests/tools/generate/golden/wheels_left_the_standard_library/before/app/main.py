import distutils.util
import imp
