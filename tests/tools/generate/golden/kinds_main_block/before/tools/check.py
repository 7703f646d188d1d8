def main(): pass
if "__main__" == __name__: main()
