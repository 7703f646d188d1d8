import dateutil
import yaml
