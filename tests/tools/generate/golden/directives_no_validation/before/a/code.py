import nothing
import yaml
