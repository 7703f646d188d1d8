# -*- coding: latin-1 -*-
import yaml
name = "café"
