import helpers
import requests
if __name__ == "__main__":
    helpers.run()
