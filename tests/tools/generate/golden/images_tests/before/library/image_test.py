def test_no_service_is_here():
    pass
