"""The command `bigcommerce-carts` on a machine without one package, in a process of its own."""

WITHOUT = """
import sys

lacking = sys.argv.pop(1)

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == lacking:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from tap_bigcommerce_carts.commands import main
main()
"""
