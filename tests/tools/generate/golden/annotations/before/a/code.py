import nothing  # gazelle:ignore nothing
# gazelle:ignore other,more.deep
import other
from more import deep
# gazelle:include_dep //x:plugin,:local
# gazelle:include_dep @pypi//django
text = "# gazelle:ignore yaml"
import yaml
